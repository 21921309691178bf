import { toast } from "~/ui/toast";

/** Puts a text into the clipboard and says how that went. */
export async function copyToClipboard(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast({ text: done });
  } catch {
    toast({ tone: "danger", text: "The browser did not let Howdah write to the clipboard." });
  }
}

import { paths } from "~/app/paths";
import { toast } from "~/ui/toast";

/** Puts the address of a saved query into the clipboard. */
export async function copyQueryLink(id: string): Promise<void> {
  await navigator.clipboard.writeText(new URL(paths.savedQuery(id), location.href).href);
  toast({ tone: "info", text: "Copied the link. It opens the query and runs nothing." });
}

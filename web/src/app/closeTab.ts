import { ask } from "~/ui/ask";
import { closeQuestionOf, closeTab, goToTab, useTabs } from "./tabs";

/** Closes a tab, after asking when it would lose something. */
export async function requestClose(id: string): Promise<boolean> {
  const question = closeQuestionOf(id);
  if (question && !(await ask({ ...question, cancel: "Keep the tab", danger: true }))) return false;
  const focused = document.activeElement?.closest("main") != null;
  closeTab(id);
  const { active } = useTabs.getState();
  if (active !== null && focused) goToTab(active);
  return true;
}

/** Closes several tabs, one after another, and stops where the person keeps one. */
export async function requestCloseAll(ids: readonly string[]): Promise<void> {
  for (const id of ids) if (!(await requestClose(id))) return;
}

export function requestCloseActive(): void {
  const { active } = useTabs.getState();
  if (active !== null) void requestClose(active);
}

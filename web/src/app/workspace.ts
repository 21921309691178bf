import { fetchWorkspace } from "~/api/workspace";
import type { Workspace } from "~/api/types";
import { isArranged } from "./layout";
import { startSettingSync } from "./settingSync";
import { restoreAllTabs, useTabs } from "./tabs";
import { mergeWorkspace, refreshTabs, startTabSync } from "./tabSync";

/** A browser that has nothing of the person waits for the server's copy, but no longer than that. */
const PATIENCE_MS = 3_000;

/**
 * Brings back what a person has open: at once what this browser has, and what other browsers have changed since as soon
 * as the server tells. A browser that knows nothing of the person waits for that a moment.
 */
export async function restoreWorkspace(username: string): Promise<void> {
  await restoreAllTabs(username);
  const isNew = useTabs.getState().order.length === 0 && !isArranged();
  const asked = Date.now();
  const workspace = fetchWorkspace().catch(() => null);
  const arrived = (answer: Workspace | null) => {
    startSettingSync(username, answer);
    startTabSync(username);
    if (answer) mergeWorkspace(answer, asked);
    else void refreshTabs();
  };
  const started = workspace.then(arrived);
  if (isNew) await Promise.race([started, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
}

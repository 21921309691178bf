import { create } from "zustand";

import { toast } from "~/ui/toast";
import { goToTab, useTabs } from "./tabs";

/** How it stands with the run of a tab: it goes on, or it ended while the tab was out of sight. */
export type TabRun = "running" | "ended" | "failed";

/** How a run ended, in words for somebody who is elsewhere. */
export interface RunEnd {
  readonly failed: boolean;
  readonly words: string;
}

/** Whoever waited for so long has gone elsewhere, and is told. */
const LONG_MS = 5_000;

export const useTabRuns = create<{ readonly byTab: Readonly<Record<string, TabRun>> }>()(() => ({
  byTab: {},
}));

const began = new Map<string, number>();

/** Says that something runs in a tab. */
export function noteRunning(tabId: string): void {
  if (began.has(tabId)) return;
  began.set(tabId, Date.now());
  set(tabId, "running");
}

/** Says that nothing runs in a tab any more, and how that came about. A tab out of sight is marked until it is seen. */
export function noteRunEnded(tabId: string, end: RunEnd | null): void {
  const since = began.get(tabId);
  if (since === undefined) return;
  began.delete(tabId);
  const { tabs, active } = useTabs.getState();
  const tab = tabs[tabId];
  if (!tab || end === null || active === tabId) return set(tabId, null);
  set(tabId, end.failed ? "failed" : "ended");
  if (Date.now() - since < LONG_MS) return;
  toast({
    tone: end.failed ? "danger" : "success",
    text: `“${tab.title}”: ${end.words}`,
    action: { label: "Go to tab", run: () => goToTab(tabId) },
  });
}

/** The person looks at the tab: how its run ended stands there. */
export function noteSeen(tabId: string): void {
  const now = useTabRuns.getState().byTab[tabId];
  if (now !== undefined && now !== "running") set(tabId, null);
}

/** The tab is gone. */
export function forgetRun(tabId: string): void {
  began.delete(tabId);
  set(tabId, null);
}

function set(tabId: string, run: TabRun | null): void {
  const { byTab } = useTabRuns.getState();
  if ((byTab[tabId] ?? null) === run) return;
  const { [tabId]: _, ...others } = byTab;
  useTabRuns.setState({ byTab: run === null ? others : { ...others, [tabId]: run } });
}

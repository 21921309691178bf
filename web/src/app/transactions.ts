import { create } from "zustand";
import { toast } from "~/ui/toast";
import { goToTab, useTabs } from "./tabs";

/** An open transaction in which nothing has run for so long is pointed at. */
export const IDLE_AFTER_MS = 2 * 60_000;

/** A transaction that a tab holds open, whether or not the tab is in sight. */
export interface OpenTransaction {
  readonly state: "in_transaction" | "failed";
  /** Epoch milliseconds since when nothing runs in it; null while something does. */
  readonly idleSince: number | null;
}

export const useTransactions = create<{ readonly byTab: Readonly<Record<string, OpenTransaction>> }>()(
  () => ({ byTab: {} }),
);

const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Says how it stands with a tab's transaction now; null: none is open. */
export function noteTransaction(
  tabId: string,
  now: { state: OpenTransaction["state"]; idle: boolean } | null,
): void {
  const { byTab } = useTransactions.getState();
  const before = byTab[tabId];
  if (now === null) {
    if (!before) return;
    const { [tabId]: _, ...rest } = byTab;
    useTransactions.setState({ byTab: rest });
    return stopTimer(tabId);
  }
  const { state, idle } = now;
  if (before?.state === state && (before.idleSince !== null) === idle) return;
  const idleSince = idle ? (before?.idleSince ?? Date.now()) : null;
  useTransactions.setState({ byTab: { ...byTab, [tabId]: { state, idleSince } } });
  stopTimer(tabId);
  if (idle)
    timers.set(
      tabId,
      setTimeout(() => tellOfIdle(tabId), IDLE_AFTER_MS),
    );
}

/** A tab in sight says it itself; one in the background says which it is. */
function tellOfIdle(tabId: string): void {
  const { tabs, active } = useTabs.getState();
  const tab = tabs[tabId];
  if (!tab || active === tabId) return;
  toast({
    tone: "info",
    text: `“${tab.title}” has been idle in a transaction for ${IDLE_AFTER_MS / 60_000} minutes. Others may wait for what it locks.`,
    action: { label: "Go to tab", run: () => goToTab(tabId) },
  });
}

function stopTimer(tabId: string): void {
  clearTimeout(timers.get(tabId));
  timers.delete(tabId);
}

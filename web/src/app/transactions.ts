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

/** How long until a transaction that idles since then is pointed at. */
export function idleTimeLeft(since: number): number {
  return Math.max(0, since + IDLE_AFTER_MS - Date.now());
}

const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Says how it stands with a tab's transaction now; null: none is open. */
export function noteTransaction(tabId: string, now: OpenTransaction | null): void {
  const { byTab } = useTransactions.getState();
  const before = byTab[tabId];
  if (now === null) {
    if (!before) return;
    const { [tabId]: _, ...rest } = byTab;
    useTransactions.setState({ byTab: rest });
    return stopTimer(tabId);
  }
  const { state, idleSince } = now;
  if (before?.state === state && before.idleSince === idleSince) return;
  useTransactions.setState({ byTab: { ...byTab, [tabId]: now } });
  if (before && before.idleSince === idleSince) return;
  stopTimer(tabId);
  if (idleSince !== null)
    timers.set(
      tabId,
      setTimeout(() => tellOfIdle(tabId, idleSince), idleTimeLeft(idleSince)),
    );
}

/** A tab in sight says it itself; one in the background says which it is. */
function tellOfIdle(tabId: string, since: number): void {
  const { tabs, active } = useTabs.getState();
  const tab = tabs[tabId];
  if (!tab || active === tabId) return;
  toast({
    tone: "info",
    text: `“${tab.title}” has been idle in a transaction for ${Math.round((Date.now() - since) / 60_000)} minutes. Others may wait for what it locks.`,
    action: { label: "Go to tab", run: () => goToTab(tabId) },
  });
}

function stopTimer(tabId: string): void {
  clearTimeout(timers.get(tabId));
  timers.delete(tabId);
}

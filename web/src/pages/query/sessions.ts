import { queryClient } from "~/app/queryClient";
import { serversQuery } from "~/app/servers";
import { checkSignIn } from "~/app/signIn/signIn";
import { clearStatus } from "~/app/status";
import { goToTab, guardClose, useTabs, type Tab } from "~/app/tabs";
import { forgetRun, noteRunEnded, noteRunning } from "~/app/tabRuns";
import { noteTransaction } from "~/app/transactions";
import { forgetEditor } from "~/editor/keptEditors";
import { browserEnvironment } from "~/run/environment";
import { QuerySession } from "~/run/querySession";
import { formatMoment } from "~/ui/format";
import { toast } from "~/ui/toast";
import { endOf } from "./runWords";
import { keepForReload, tabsWithKeepsakes, takeKeepsake } from "./reload";

interface Held {
  readonly session: QuerySession;
  readonly serverId: string;
  readonly database: string;
}

const held = new Map<string, Held>();

/** The session of a tab, which lives as long as the tab stays on its database; null while it is on none. */
export function sessionOf({ id, serverId, database }: Tab): QuerySession | null {
  const before = held.get(id);
  if (before?.serverId === serverId && before.database === database) return before.session;
  before?.session.close();
  if (before) {
    noteTransaction(id, null);
    forgetRun(id);
  }
  held.delete(id);
  if (serverId === null || database === null) return null;
  const session = new QuerySession(browserEnvironment(serverId, database, id));
  const keepsake = takeKeepsake(id, serverId, database);
  if (keepsake) session.resume(keepsake);
  session.subscribe(() => {
    noticeLoss(session);
    noticeTransaction(id, session);
    noticeRun(id, session);
    noticeRestart(id, session);
  });
  // Also while the tab is out of sight, or was never shown since the page was loaded.
  guardClose(id, () => (session.transactionOpen ? CLOSE_TRANSACTION : null));
  held.set(id, { session, serverId, database });
  return session;
}

const CLOSE_TRANSACTION = {
  title: "Close with an open transaction?",
  body: "PostgreSQL rolls the transaction back: what it changed is undone.",
  confirm: "Roll back and close",
};

function noticeTransaction(id: string, session: QuerySession): void {
  const { state, transaction } = session.view();
  if (transaction.state === "idle" || state.kind === "lost") return noteTransaction(id, null);
  noteTransaction(id, { state: transaction.state, idleSince: transaction.idleSince });
}

function noticeRun(id: string, session: QuerySession): void {
  const view = session.view();
  if (view.state.kind === "running") return noteRunning(id);
  if (view.state.kind !== "connecting") noteRunEnded(id, endOf(view));
}

/** A tab in sight says it itself; one in the background has work that ends with the session. */
function noticeRestart(id: string, session: QuerySession): void {
  const { restart, state, transaction } = session.view();
  if (restart?.kind !== "announced" || noticed.has(restart)) return;
  noticed.add(restart);
  const { tabs, active } = useTabs.getState();
  const tab = tabs[id];
  if (!tab || active === id) return;
  const until = formatMoment(new Date(restart.until));
  const isOpen = transaction.state !== "idle";
  if (!isOpen && state.kind !== "running") return;
  toast({
    tone: "info",
    text: isOpen
      ? `Howdah is being restarted. The transaction of “${tab.title}” is rolled back at ${until} unless you commit it.`
      : `Howdah is being restarted. What runs in “${tab.title}” has until ${until} to finish.`,
    action: { label: "Go to tab", run: () => goToTab(id) },
  });
}

const noticed = new WeakSet<object>();

/** The server closes sessions with the sign-in, and when a definition changes: the page may hear of that here first. */
function noticeLoss(session: QuerySession): void {
  const { state } = session.view();
  if (state.kind !== "lost" || noticed.has(state)) return;
  noticed.add(state);
  if (state.problem.code === "not_signed_in") void checkSignIn();
  // The next run asks what the server is now, such as one for production.
  if (state.problem.code === "disconnected") void queryClient.invalidateQueries(serversQuery);
}

// A page that is loaded anew goes on with the sessions that it had.
addEventListener("pagehide", () => {
  const entries = [...held].map(([id, { session, serverId, database }]) => {
    return { id, serverId, database, keepsake: session.keepsake() };
  });
  keepForReload(entries);
});

// Also those of tabs that are out of sight: the server does not wait for them for long.
for (const id of tabsWithKeepsakes()) {
  const tab = useTabs.getState().tabs[id];
  if (tab) sessionOf(tab);
}

// A session ends with its tab, whether or not the tab is on the screen then.
useTabs.subscribe(({ tabs }, { tabs: before }) => {
  if (tabs === before) return;
  for (const id of Object.keys(before)) {
    if (tabs[id]) continue;
    held.get(id)?.session.close();
    held.delete(id);
    forgetEditor(id);
    noteTransaction(id, null);
    forgetRun(id);
    clearStatus(id);
  }
});

import { create } from "zustand";
import { isPassing, ownWords, problemFrom } from "~/api/problem";
import { conflictingTab, fetchWorkspace, removeTab, saveTab } from "~/api/workspace";
import type { Problem, StoredTab, Workspace } from "~/api/types";
import { readOptions, storedOptions } from "./tabOptions";
import { readClosed, writeClosed } from "./tabStorage";
import {
  adoptTab,
  closeQuestionOf,
  dropTab,
  type ForeignTab,
  isOwn,
  noteSaved,
  noteSending,
  openTab,
  rebaseTab,
  replaceText,
  sameContent,
  setAside,
  type Tab,
  useTabs,
  watchTabs,
} from "./tabs";

/** How tabs stand with the server. A tab that is named in neither is there or on its way. */
interface TabSync {
  /** What another window or device has made of a tab that was changed here too. */
  readonly conflicts: Readonly<Record<string, StoredTab>>;
  /** Why the server does not keep a tab. */
  readonly problems: Readonly<Record<string, Problem>>;
  /** Why Howdah cannot take a tab at the moment; it is sent again and again. */
  readonly waits: Readonly<Record<string, string>>;
}

export const useTabSync = create<TabSync>()(() => ({ conflicts: {}, problems: {}, waits: {} }));

const SAVE_DELAY_MS = 250;
/** A caret that moves is told at leisure. */
const CARET_DELAY_MS = 3_000;
/** Long texts are sent less often: so many characters for one more millisecond. */
const CHARACTERS_PER_MS = 200;
const RETRY_MS = 5_000;
/** The server keeps no longer text (its limit counts bytes): what is longer is not sent to be refused. */
const LONGEST_TEXT = 1 << 20;
const TOO_LONG: Problem = {
  type: "about:blank",
  title: "Too large",
  status: 413,
  code: "too_large",
  detail:
    "What this tab holds is larger than 1 MiB, so it is kept in this browser only: other devices do not have it.",
};
/** Focus comes and goes: so often at most the server is asked for what others have changed. */
const REFRESH_MS = 5_000;

let account = "";
let closed = new Map<string, number>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const underWay = new Set<string>();
/** When a tab was last saved: an answer to a question that was asked before knows nothing of it. */
const savedAt = new Map<string, number>();
let refreshedAt = 0;
let refreshing: Promise<void> | null = null;

/** Takes tabs to the server as they change and brings what changes elsewhere. Call it once, after `restoreTabs`. */
export function startTabSync(username: string): void {
  account = username;
  closed = readClosed(username);
  watchTabs({ changed: schedule, closed: close });
  for (const tab of Object.values(useTabs.getState().tabs)) if (tab.unsaved) schedule(tab.id);
  const look = () => document.visibilityState === "visible" && void refreshTabs();
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
}

/** Asks the server for what other windows and devices have changed. */
export function refreshTabs(): Promise<void> {
  if (refreshing) return refreshing;
  if (Date.now() - refreshedAt < REFRESH_MS) return Promise.resolve();
  const asked = Date.now();
  refreshing = fetchWorkspace()
    .then((workspace) => mergeWorkspace(workspace, asked))
    .catch((thrown: unknown) => {
      if (isPassing(thrown)) setTimeout(() => void refreshTabs(), RETRY_MS);
    })
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/** Takes in what the server answered to a question of that time. */
export function mergeWorkspace({ tabs }: Workspace, asked: number): void {
  refreshedAt = asked;
  const there = new Set(tabs.map(({ id }) => id));
  for (const stored of tabs) if (!closed.has(stored.id)) merge(stored, asked);
  for (const tab of Object.values(useTabs.getState().tabs)) {
    const isOld = tab.version > 0 && (savedAt.get(tab.id) ?? 0) < asked && !underWay.has(tab.id);
    if (!there.has(tab.id) && isOld) closedElsewhere(tab);
  }
  for (const [id, version] of closed) {
    if (there.has(id)) void forget(id, version);
    else settleClosed(id);
  }
}

/** Keeps what is here in place of what the other window or device has. */
export function keepMine(id: string): void {
  const theirs = useTabSync.getState().conflicts[id];
  if (!theirs) return;
  settle(id);
  rebaseTab(id, theirs.version);
  schedule(id);
}

/** As `keepMine`, with a text that was put together from both. */
export function keepMerged(id: string, sql: string): void {
  keepMine(id);
  replaceText(id, sql);
}

/** Takes what the other window or device has in place of what is here. */
export function takeTheirs(id: string): void {
  const theirs = useTabSync.getState().conflicts[id];
  if (!theirs) return;
  settle(id);
  adoptTab(foreignOf(theirs));
}

/** Keeps what is here, and opens what the other has as a tab of its own. */
export function keepBoth(id: string): void {
  const theirs = useTabSync.getState().conflicts[id];
  if (!theirs) return;
  const { title, serverId, database, sql, cursor, options } = foreignOf(theirs);
  keepMine(id);
  openTab({ title: `${title} (other copy)`, serverId, database, sql, cursor, options });
}

/** Sends what the server does not have yet, since the page may be gone in a moment. */
export function flushTabSync(): void {
  for (const id of [...timers.keys()]) void push(id, true);
}

function merge(stored: StoredTab, asked: number): void {
  const foreign = foreignOf(stored);
  const tab = useTabs.getState().tabs[stored.id];
  if (!tab) return adoptTab(foreign);
  if (stored.version === tab.version || (savedAt.get(tab.id) ?? 0) > asked) return;
  meet(tab, stored);
}

/** What is here and what the server has go apart. */
function meet(tab: Tab, stored: StoredTab): void {
  const foreign = foreignOf(stored);
  if (sameContent(foreign, tab)) noteSaved(tab, stored.version);
  else if (!tab.unsaved && !wouldUndo(tab, foreign)) adoptTab(foreign);
  // How it runs is no reason to ask, nor is what was sent from here: what was chosen and typed here last holds.
  else if (isOwn(tab, foreign) || sameContent({ ...foreign, options: tab.options }, tab)) {
    rebaseTab(tab.id, stored.version);
    schedule(tab.id);
  } else {
    setAside(tab.id, true);
    const { conflicts } = useTabSync.getState();
    useTabSync.setState({ conflicts: { ...conflicts, [tab.id]: stored } });
    return;
  }
  settle(tab.id);
}

/** Whether going to another database would end an open transaction here. */
function wouldUndo(tab: Tab, { serverId, database }: ForeignTab): boolean {
  return (serverId !== tab.serverId || database !== tab.database) && closeQuestionOf(tab.id) !== null;
}

/** Somebody has closed a tab that is open here too. What is not saved, or would be undone, stays. */
function closedElsewhere(tab: Tab): void {
  if (!tab.unsaved && closeQuestionOf(tab.id) === null) return dropTab(tab.id);
  rebaseTab(tab.id, 0);
  schedule(tab.id);
}

function schedule(id: string): void {
  const tab = useTabs.getState().tabs[id];
  if (!tab || useTabSync.getState().conflicts[id] || timers.has(id)) return;
  const delay =
    (tab.unsaved ? SAVE_DELAY_MS : CARET_DELAY_MS) +
    Math.min(tab.sql.length, LONGEST_TEXT) / CHARACTERS_PER_MS;
  timers.set(
    id,
    setTimeout(() => void push(id), delay),
  );
}

async function push(id: string, leaving = false): Promise<void> {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (underWay.has(id)) return retry(id, SAVE_DELAY_MS);
  const tab = useTabs.getState().tabs[id];
  if (!tab || useTabSync.getState().conflicts[id]) return;
  if (tab.sql.length > LONGEST_TEXT) return setProblem(id, TOO_LONG);
  underWay.add(id);
  noteSending(id);
  try {
    const { version, title, serverId, database, sql, cursor } = tab;
    const options = storedOptions(tab.options) as Record<string, never>;
    const change = { version, title, server_id: serverId, database, sql, cursor, options };
    const saved = await saveTab(id, change, leaving);
    savedAt.set(id, Date.now());
    noteSaved(tab, saved);
    setProblem(id, null);
    setWait(id, null);
    if (closed.has(id)) void forget(id, saved);
  } catch (thrown) {
    failed(id, thrown);
  } finally {
    underWay.delete(id);
    if (useTabs.getState().tabs[id]?.unsaved && !useTabSync.getState().problems[id]) schedule(id);
  }
}

function failed(id: string, thrown: unknown): void {
  const tab = useTabs.getState().tabs[id];
  const theirs = conflictingTab(thrown);
  if (!tab) return;
  if (theirs === null) return rebaseTab(id, 0);
  if (theirs !== undefined) return meet(tab, theirs);
  const reason = problemFrom(thrown);
  if (isPassing(thrown) || reason.status >= 500) {
    setWait(id, ownWords(thrown));
    return retry(id, RETRY_MS);
  }
  setWait(id, null);
  // The browser's copy remains, and the next change tries again.
  setProblem(id, reason);
}

function retry(id: string, delay: number): void {
  if (!timers.has(id))
    timers.set(
      id,
      setTimeout(() => void push(id), delay),
    );
}

function close(tab: Tab): void {
  clearTimeout(timers.get(tab.id));
  timers.delete(tab.id);
  settle(tab.id);
  if (tab.version === 0 && !underWay.has(tab.id)) return;
  closed.set(tab.id, tab.version);
  writeClosed(account, closed);
  if (!underWay.has(tab.id)) void forget(tab.id, tab.version);
}

/** Has the server forget a tab that was closed. When that cannot be now, it is done with the next look. */
async function forget(id: string, version: number): Promise<void> {
  try {
    await removeTab(id, version);
    settleClosed(id);
  } catch (thrown) {
    const theirs = conflictingTab(thrown);
    if (theirs === undefined) return;
    settleClosed(id);
    // Another window has gone on with it since: that is not ours to throw away.
    if (theirs) adoptTab(foreignOf(theirs));
  }
}

function settleClosed(id: string): void {
  if (closed.delete(id)) writeClosed(account, closed);
}

function settle(id: string): void {
  setAside(id, false);
  setProblem(id, null);
  setWait(id, null);
  const { [id]: _, ...conflicts } = useTabSync.getState().conflicts;
  useTabSync.setState({ conflicts });
}

function setProblem(id: string, reason: Problem | null): void {
  const { [id]: before, ...problems } = useTabSync.getState().problems;
  if (reason) useTabSync.setState({ problems: { ...problems, [id]: reason } });
  else if (before) useTabSync.setState({ problems });
}

function setWait(id: string, words: string | null): void {
  const { [id]: before, ...waits } = useTabSync.getState().waits;
  if (words !== null) useTabSync.setState({ waits: { ...waits, [id]: words } });
  else if (before !== undefined) useTabSync.setState({ waits });
}

function foreignOf(stored: StoredTab): ForeignTab {
  const { id, version, title, server_id, database, sql, cursor } = stored;
  const options = readOptions(stored.options);
  return {
    id,
    version,
    title,
    serverId: server_id ?? null,
    database: database ?? null,
    sql,
    cursor,
    options,
  };
}

import { create } from "zustand";
import { digestOf } from "./tabDigest";
import { sameOptions, type TabOptions, USUAL } from "./tabOptions";
import {
  forgetAside,
  forgetTab,
  isLarge,
  journalAside,
  journalTab,
  type Outside,
  readOutside,
  readTabs,
  type StoredTabs,
  writeAside,
  writeTab,
  writeTabOrder,
  type Written,
} from "./tabStorage";

/** A query tab. Everything but `runOnOpen` and `revision` outlives a reload. */
export interface Tab {
  readonly id: string;
  readonly title: string;
  /** Null when the server has not been chosen yet or was removed. */
  readonly serverId: string | null;
  readonly database: string | null;
  readonly sql: string;
  /** UTF-16 offset of the caret in `sql`. */
  readonly cursor: number;
  /** How it runs its statements. */
  readonly options: TabOptions;
  /** Asks the tab to run its text once, as soon as it can. Taken with `takeRun`. */
  readonly runOnOpen: boolean;
  /** The version on the server that this was made from; 0 when it was never kept there. */
  readonly version: number;
  /** Whether something here is not on the server yet. */
  readonly unsaved: boolean;
  /** Digests of what was sent to replace `version` and may have arrived, though no answer came. */
  readonly sent: readonly string[];
  /** Counts the times that the text came from elsewhere than from the editor. */
  readonly revision: number;
}

/** What a tab shows: a query's text, a table's rows or an object. Its text is then `~/app/dataTab`'s or `~/app/objectTabs`'. */
export type TabKind = "query" | "data" | "object";

/** The id of a tab tells its kind, so that it is known wherever the tab is kept. */
export function kindOf(id: string): TabKind {
  if (id.startsWith("object-")) return "object";
  return id.startsWith("data-") ? "data" : "query";
}

export type TabDraft = Partial<Omit<Tab, "id" | "version" | "unsaved" | "sent" | "revision">>;
/** Where a tab runs, as far as that has been chosen. */
export type TabTarget = Pick<Tab, "serverId" | "database">;

export type TabChange = Partial<Pick<Tab, "title" | "serverId" | "database" | "sql" | "cursor" | "options">>;

/** What a tab asks before it is closed, such as about its open transaction. */
export interface CloseQuestion {
  title: string;
  body: string;
  /** The verb with its object: `Roll back and close`. */
  confirm: string;
}

/** Asked when a tab is about to close; null lets it go. */
export type CloseGuard = () => CloseQuestion | null;

interface TabStore {
  readonly tabs: Readonly<Record<string, Tab>>;
  /** Oldest first; where a tab stands on the screen is the layout's business. */
  readonly order: readonly string[];
  readonly active: string | null;
  /** The tab that is to take the focus when it is there, since the person has just gone to it. */
  readonly focusWanted: string | null;
  /** True when the browser refused to keep a change: its storage is full or shut. */
  readonly storageFailed: boolean;
}

export const useTabs = create<TabStore>()(() => ({
  tabs: {},
  order: [],
  active: null,
  focusWanted: null,
  storageFailed: false,
}));

/** What hears of changes that a person makes, to take them to the server. */
export interface TabWatcher {
  changed(id: string): void;
  closed(tab: Tab): void;
}

/** A tab as another browser has it. */
export type ForeignTab = Pick<
  Tab,
  "id" | "title" | "serverId" | "database" | "sql" | "cursor" | "options" | "version"
>;

let watcher: TabWatcher | null = null;
/** Tabs whose text another window has changed as well: what is kept of them in this browser stands aside. */
const aside = new Set<string>();
const guards = new Map<string, CloseGuard>();
let account: string | null = null;
const pendingWrites = new Map<string, ReturnType<typeof setTimeout>>();
const pendingNotes = new Map<string, ReturnType<typeof setTimeout>>();
/** What is typed is in the journal after so long. */
const NOTE_DELAY_MS = 50;
/** Long texts are noted less often: so many characters for one more millisecond. */
const CHARACTERS_PER_MS = 5_000;
/** And in local storage after so long. */
const WRITE_DELAY_MS = 300;
/** Where the journal must do for longer, since there is no room for the text in local storage. */
const LARGE_WRITE_DELAY_MS = 2_000;
/** Attempts in a row of which no answer came are remembered so far back. */
const MOST_SENT = 16;

/** Brings back the tabs of an account. Called once, before the shell is shown. */
export async function restoreAllTabs(username: string): Promise<void> {
  restoreTabs(username, await readOutside(username));
}

/** Brings back the tabs of an account with what of them is at hand outside of local storage. */
export function restoreTabs(username: string, outside?: Outside): void {
  account = username;
  const stored: StoredTabs = readTabs(username, outside);
  useTabs.setState({ ...stored, storageFailed: false });
}

/** Opens a tab, makes it the active one and returns its id. */
export function openTab(draft: TabDraft = {}, kind: TabKind = "query"): string {
  const id = kind === "query" ? crypto.randomUUID() : `${kind}-${crypto.randomUUID()}`;
  const { tabs, order } = useTabs.getState();
  const tab: Tab = {
    title: draft.title ?? untitled(Object.values(tabs)),
    serverId: null,
    database: null,
    sql: "",
    cursor: 0,
    options: USUAL,
    runOnOpen: false,
    ...draft,
    id,
    version: 0,
    unsaved: true,
    sent: [],
    revision: 0,
  };
  useTabs.setState({ tabs: { ...tabs, [id]: tab }, order: [...order, id], active: id, focusWanted: id });
  saveNow(id);
  saveOrder();
  watcher?.changed(id);
  return id;
}

/** Closes a tab without asking; `closeGuardOf` says whether one should ask. */
export function closeTab(id: string): void {
  const tab = useTabs.getState().tabs[id];
  dropTab(id);
  if (tab) watcher?.closed(tab);
}

/** Closes a tab that was closed in another window. */
export function dropTab(id: string): void {
  const { tabs, order, active } = useTabs.getState();
  const { [id]: closed, ...rest } = tabs;
  if (!closed) return;
  const at = order.indexOf(id);
  const left = order.filter((other) => other !== id);
  const next = active === id ? (left[at] ?? left[at - 1] ?? null) : active;
  useTabs.setState({ tabs: rest, order: left, active: next });
  cancelWrite(id);
  guards.delete(id);
  if (account !== null) {
    forgetTab(account, id);
    forgetAside(account, id);
  }
  aside.delete(id);
  saveOrder();
}

export function renameTab(id: string, title: string): void {
  updateTab(id, { title });
}

/** Changes a tab; the change outlives the page, and a browser that is killed, within a moment. */
export function updateTab(id: string, change: TabChange): void {
  const { tabs } = useTabs.getState();
  const tab = tabs[id];
  if (!tab) return;
  const changed: Tab = { ...tab, ...change };
  const moved = changed.cursor !== tab.cursor;
  const edited = !sameContent(tab, changed);
  if (!moved && !edited) return;
  setTab({ ...changed, unsaved: tab.unsaved || edited });
  watcher?.changed(id);
}

/** Puts another text in the place of a tab's, from elsewhere than its editor; undo brings the one before back. */
export function replaceText(id: string, sql: string): void {
  const tab = useTabs.getState().tabs[id];
  if (!tab || tab.sql === sql) return;
  setTab({ ...tab, revision: tab.revision + 1 });
  updateTab(id, { sql });
}

/** Whether two tabs hold the same, wherever their carets stand. */
export function sameContent(one: Omit<ForeignTab, "version">, other: Omit<ForeignTab, "version">): boolean {
  return (
    sameOptions(one.options, other.options) &&
    one.sql === other.sql &&
    one.title === other.title &&
    one.serverId === other.serverId &&
    one.database === other.database
  );
}

/** Tells of changes from now on. One watcher at a time. */
export function watchTabs(tabWatcher: TabWatcher | null): void {
  watcher = tabWatcher;
}

/** Takes over a tab as another window or device has it. */
export function adoptTab(foreign: ForeignTab): void {
  const { tabs, order, active } = useTabs.getState();
  const { id } = foreign;
  const before = tabs[id];
  const tab: Tab = {
    ...foreign,
    runOnOpen: false,
    unsaved: false,
    sent: [],
    revision: before ? before.revision + 1 : 0,
  };
  useTabs.setState({
    tabs: { ...tabs, [id]: tab },
    ...(!before && { order: [...order, id], active: active ?? id }),
  });
  saveNow(id);
  saveOrder();
}

/** What the tab holds is on its way to the server, which may have it even when no answer comes. */
export function noteSending(id: string): void {
  const tab = useTabs.getState().tabs[id];
  if (!tab) return;
  const digest = digestOf(tab);
  if (tab.sent.includes(digest)) return;
  setTab({ ...tab, sent: [...tab.sent, digest].slice(-MOST_SENT) });
  noteNow(id);
}

/** Whether the server has what was sent from here, though its answer was lost. */
export function isOwn(tab: Tab, foreign: ForeignTab): boolean {
  return foreign.version === tab.version + 1 && tab.sent.includes(digestOf(foreign));
}

/** The server has what `sent` holds, as `version`. */
export function noteSaved(sent: Tab, version: number): void {
  const tab = useTabs.getState().tabs[sent.id];
  if (tab) setTab({ ...tab, version, unsaved: !sameContent(tab, sent), sent: [] });
}

/** What is here is to replace `version` of the server, or to be new there when that is 0. */
export function rebaseTab(id: string, version: number): void {
  const tab = useTabs.getState().tabs[id];
  if (tab) setTab({ ...tab, version, unsaved: true, sent: [] });
}

/** Keeps the text of a tab aside in this browser while another window holds another text under the same name. */
export function setAside(id: string, isAside: boolean): void {
  if (isAside) aside.add(id);
  else if (aside.delete(id) && account !== null) forgetAside(account, id);
  saveNow(id);
}

function setTab(tab: Tab): void {
  const { tabs } = useTabs.getState();
  useTabs.setState({ tabs: { ...tabs, [tab.id]: tab } });
  const later = (timers: typeof pendingWrites, act: (id: string) => void, delay: number) => {
    if (!timers.has(tab.id)) timers.set(tab.id, setTimeout(act, delay, tab.id));
  };
  later(pendingNotes, noteNow, NOTE_DELAY_MS + tab.sql.length / CHARACTERS_PER_MS);
  later(pendingWrites, saveNow, isLarge(tab) ? LARGE_WRITE_DELAY_MS : WRITE_DELAY_MS);
}

export function activateTab(id: string): void {
  const { tabs, active } = useTabs.getState();
  if (active === id || !tabs[id]) return;
  useTabs.setState({ active: id });
  saveOrder();
}

/** Makes a tab the active one and puts the focus into it. */
export function goToTab(id: string): void {
  activateTab(id);
  useTabs.setState({ focusWanted: id });
}

/** True once for a tab that the person has just gone to. */
export function takeFocus(id: string): boolean {
  if (useTabs.getState().focusWanted !== id) return false;
  useTabs.setState({ focusWanted: null });
  return true;
}

/** True once for a tab that was opened to run at once. */
export function takeRun(id: string): boolean {
  const { tabs } = useTabs.getState();
  const tab = tabs[id];
  if (!tab?.runOnOpen) return false;
  useTabs.setState({ tabs: { ...tabs, [id]: { ...tab, runOnOpen: false } } });
  return true;
}

/** Lets a tab ask before it is closed. Returns what takes the guard away again. */
export function guardClose(id: string, guard: CloseGuard): () => void {
  guards.set(id, guard);
  return () => {
    if (guards.get(id) === guard) guards.delete(id);
  };
}

export function closeQuestionOf(id: string): CloseQuestion | null {
  return guards.get(id)?.() ?? null;
}

/** True while any tab would ask before closing. */
export function anyTabAsks(): boolean {
  return [...guards.values()].some((guard) => guard() !== null);
}

/** Writes what has not been written yet. Called when the page is hidden or left. */
export function flushTabs(): void {
  for (const id of new Set([...pendingNotes.keys(), ...pendingWrites.keys()])) saveNow(id);
}

function untitled(tabs: readonly Tab[]): string {
  const taken = new Set(tabs.map((tab) => tab.title));
  for (let number = 1; ; number += 1) {
    const title = `Query ${number}`;
    if (!taken.has(title)) return title;
  }
}

function cancelWrite(id: string): void {
  clearTimeout(pendingWrites.get(id));
  pendingWrites.delete(id);
  cancelNote(id);
}

function cancelNote(id: string): void {
  clearTimeout(pendingNotes.get(id));
  pendingNotes.delete(id);
}

function noteNow(id: string): void {
  cancelNote(id);
  const tab = useTabs.getState().tabs[id];
  if (account === null || tab === undefined) return;
  if (aside.has(id)) journalAside(account, tab);
  else journalTab(account, tab);
}

function saveNow(id: string): void {
  cancelWrite(id);
  const tab = useTabs.getState().tabs[id];
  if (account === null || tab === undefined) return;
  report(aside.has(id) ? writeAside(account, tab) : writeTab(account, tab));
}

function saveOrder(): void {
  if (account === null) return;
  const { order, active } = useTabs.getState();
  report(writeTabOrder(account, order, active));
}

function report(written: Written): void {
  if (typeof written === "boolean") useTabs.setState({ storageFailed: !written });
  else void written.then(report);
}

import { create } from "zustand";
import { forgetTab, readTabs, type StoredTabs, writeTab, writeTabOrder } from "./tabStorage";

/** A query tab. Everything but `runOnOpen` outlives a reload. */
export interface Tab {
  readonly id: string;
  readonly title: string;
  /** Null when the server has not been chosen yet or was removed. */
  readonly serverId: string | null;
  readonly database: string | null;
  readonly sql: string;
  /** UTF-16 offset of the caret in `sql`. */
  readonly cursor: number;
  /** Asks the tab to run its text once, as soon as it can. Taken with `takeRun`. */
  readonly runOnOpen: boolean;
}

/** What a tab shows: a query's text, or a table's rows. Its text is then `~/app/dataTab`'s. */
export type TabKind = "query" | "data";

/** The id of a tab tells its kind, so that it is known wherever the tab is kept. */
export function kindOf(id: string): TabKind {
  return id.startsWith("data-") ? "data" : "query";
}

export type TabDraft = Partial<Omit<Tab, "id">>;
export type TabChange = Partial<Pick<Tab, "title" | "serverId" | "database" | "sql" | "cursor">>;

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

const guards = new Map<string, CloseGuard>();
let account: string | null = null;
const pendingWrites = new Map<string, ReturnType<typeof setTimeout>>();
const WRITE_DELAY_MS = 300;

/** Brings back the tabs of an account. Called once, before the shell is shown. */
export function restoreTabs(username: string): void {
  account = username;
  const stored: StoredTabs = readTabs(username);
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
    runOnOpen: false,
    ...draft,
    id,
  };
  useTabs.setState({ tabs: { ...tabs, [id]: tab }, order: [...order, id], active: id, focusWanted: id });
  saveNow(id);
  saveOrder();
  return id;
}

/** Closes a tab without asking; `closeGuardOf` says whether one should ask. */
export function closeTab(id: string): void {
  const { tabs, order, active } = useTabs.getState();
  const { [id]: closed, ...rest } = tabs;
  if (!closed) return;
  const at = order.indexOf(id);
  const left = order.filter((other) => other !== id);
  const next = active === id ? (left[at] ?? left[at - 1] ?? null) : active;
  useTabs.setState({ tabs: rest, order: left, active: next });
  cancelWrite(id);
  guards.delete(id);
  if (account !== null) forgetTab(account, id);
  saveOrder();
}

export function renameTab(id: string, title: string): void {
  updateTab(id, { title });
}

/** Changes a tab; the change reaches the browser's storage within a moment, and at the latest when the page is left. */
export function updateTab(id: string, change: TabChange): void {
  const { tabs } = useTabs.getState();
  const tab = tabs[id];
  if (!tab) return;
  useTabs.setState({ tabs: { ...tabs, [id]: { ...tab, ...change } } });
  if (!pendingWrites.has(id)) {
    pendingWrites.set(
      id,
      setTimeout(() => saveNow(id), WRITE_DELAY_MS),
    );
  }
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
  for (const id of [...pendingWrites.keys()]) saveNow(id);
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
}

function saveNow(id: string): void {
  cancelWrite(id);
  const tab = useTabs.getState().tabs[id];
  if (account === null || tab === undefined) return;
  report(writeTab(account, tab));
}

function saveOrder(): void {
  if (account === null) return;
  const { order, active } = useTabs.getState();
  report(writeTabOrder(account, order, active));
}

function report(written: boolean): void {
  useTabs.setState({ storageFailed: !written });
}

import { forgetLargeText, keepLargeText, LARGE_TEXT, readLargeTexts } from "./largeTexts";
import { journal, readJournal, type Stamped, stamped } from "./tabJournal";
import { readOptions, storedOptions } from "./tabOptions";
import type { Tab } from "./tabs";

/** What is kept of an account's tabs in this browser. */
export interface StoredTabs {
  tabs: Record<string, Tab>;
  order: string[];
  active: string | null;
}

// One record a tab, so that typing in one rewrites only that one. Each stands in local storage, which a page can write
// while it goes, and in the journal, which outlives a browser that is killed.
const orderKey = (account: string) => `howdah:${account}:tabs`;
const tabKey = (account: string, id: string) => `howdah:${account}:tab:${id}`;
// Another window of this browser writes the record of the same tab; what it must not overwrite stands here.
const asideKey = (account: string, id: string) => `howdah:${account}:aside:${id}`;
const closedKey = (account: string) => `howdah:${account}:closed`;

/** What of an account's tabs stands outside of local storage, by the keys of their records. */
export interface Outside {
  /** Texts that it has no room for. */
  readonly large: ReadonlyMap<string, string>;
  /** Records that may be newer. */
  readonly journal: ReadonlyMap<string, Stamped>;
}

const NOTHING: Outside = { large: new Map(), journal: new Map() };

export async function readOutside(account: string): Promise<Outside> {
  const prefix = `howdah:${account}:`;
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  const hasLarge = keys.some((key) => standsOutside(localStorage.getItem(key)));
  const [large, journal] = await Promise.all([
    hasLarge ? readLargeTexts(prefix) : NOTHING.large,
    readJournal(prefix),
  ]);
  return { large, journal };
}

export const isLarge = (tab: Tab) => tab.sql.length > LARGE_TEXT;

export function readTabs(account: string, outside = NOTHING): StoredTabs {
  const key = orderKey(account);
  const kept = journaled(key, outside) ?? parse(localStorage.getItem(key));
  const order = isRecord(kept) && Array.isArray(kept.order) ? kept.order.filter(isString) : [];
  // What is in the journal was not closed, wherever else that was to be written.
  const ofTabs = tabKey(account, "");
  for (const noted of outside.journal.keys()) {
    const id = noted.slice(ofTabs.length);
    if (noted.startsWith(ofTabs) && !order.includes(id)) order.push(id);
  }
  const tabs: Record<string, Tab> = {};
  for (const id of order) {
    const tab = readTab(id, tabKey(account, id), outside);
    if (tab) tabs[id] = tab;
  }
  for (const tab of takeAside(account, outside)) {
    tabs[tab.id] = tab;
    order.push(tab.id);
    void writeTab(account, tab);
  }
  const present = order.filter((id) => id in tabs);
  const active =
    isRecord(kept) && isString(kept.active) && kept.active in tabs ? kept.active : (present[0] ?? null);
  return { tabs, order: present, active };
}

/** The record of the journal where it is ahead of local storage, as where the browser was killed. */
function journaled(key: string, { journal }: Outside): Stamped | null {
  const noted = journal.get(key);
  if (!noted) return null;
  const kept = parse(localStorage.getItem(key));
  const at = isRecord(kept) && typeof kept.at === "number" ? kept.at : 0;
  return noted.at > at ? noted : null;
}

/** Writes what was just typed where it outlives a browser that is killed; the rest follows with `writeTab`. */
export function journalTab(account: string, tab: Tab): void {
  journal(tabKey(account, tab.id), stamped(recordOf(tab)));
}

export function journalAside(account: string, tab: Tab): void {
  journal(asideKey(account, tab.id), stamped(recordOf(tab)));
}

/** False when the browser did not take it. */
export type Written = boolean | Promise<boolean>;

export function writeTab(account: string, tab: Tab): Written {
  return writeRecord(tabKey(account, tab.id), tab);
}

export function writeAside(account: string, tab: Tab): Written {
  return writeRecord(asideKey(account, tab.id), tab);
}

/** The last writing of each record: a text that arrives late in the browser's database must not bring its record back. */
const writings = new Map<string, number>();

function writeRecord(key: string, tab: Tab): Written {
  const record = stamped(recordOf(tab));
  journal(key, record);
  const mine = begin(key);
  const isNow = () => writings.get(key) === mine;
  if (!isLarge(tab)) {
    const was = localStorage.getItem(key);
    const isWritten = write(key, record);
    if (isWritten && standsOutside(was)) void forgetLargeText(key).catch(() => undefined);
    return isWritten;
  }
  return keepLargeText(key, tab.sql).then(
    () => !isNow() || write(key, { ...record, sql: "", isLarge: true }),
    // A browser without a database may still have the room.
    () => !isNow() || write(key, record),
  );
}

function begin(key: string): number {
  const mine = (writings.get(key) ?? 0) + 1;
  writings.set(key, mine);
  return mine;
}

function removeRecord(key: string): void {
  begin(key);
  journal(key, null);
  if (standsOutside(localStorage.getItem(key))) void forgetLargeText(key).catch(() => undefined);
  localStorage.removeItem(key);
}

/** Whether the text of a record stands in the browser's database. Within a text the quotes would be escaped. */
const standsOutside = (record: string | null) => record?.includes('"isLarge":true') === true;

/** The tab of a record; null where there is none, or where its text stands outside and cannot be had. */
function readTab(id: string, key: string, outside: Outside): Tab | null {
  const noted = journaled(key, outside);
  if (noted) return tabOf(id, noted);
  const record = localStorage.getItem(key);
  const kept = parse(record);
  if (!isRecord(kept) || !standsOutside(record)) return tabOf(id, kept);
  const sql = outside.large.get(key);
  return sql === undefined ? null : tabOf(id, { ...kept, sql });
}

function recordOf({ id, runOnOpen, revision, options, ...kept }: Tab) {
  return { ...kept, options: storedOptions(options) };
}

export function forgetAside(account: string, id: string): void {
  removeRecord(asideKey(account, id));
}

/** Texts that a window went with before somebody chose between them and another window's: each becomes a tab. */
function takeAside(account: string, outside: Outside): Tab[] {
  const prefix = asideKey(account, "");
  const keys = new Set([...Object.keys(localStorage), ...outside.journal.keys()]);
  return [...keys].flatMap((key) => {
    const tab = key.startsWith(prefix) ? readTab(crypto.randomUUID(), key, outside) : null;
    if (tab) removeRecord(key);
    return tab === null ? [] : [{ ...tab, title: `${tab.title} (my copy)`, version: 0, unsaved: true }];
  });
}

/** Tabs that were closed here and that the server may still have, with their versions. */
export function readClosed(account: string): Map<string, number> {
  const kept = parse(localStorage.getItem(closedKey(account)));
  const entries = isRecord(kept) ? Object.entries(kept) : [];
  return new Map(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

export function writeClosed(account: string, closed: ReadonlyMap<string, number>): void {
  write(closedKey(account), Object.fromEntries(closed));
}

export function writeTabOrder(account: string, order: readonly string[], active: string | null): boolean {
  const record = stamped({ order, active });
  journal(orderKey(account), record);
  return write(orderKey(account), record);
}

export function forgetTab(account: string, id: string): void {
  removeRecord(tabKey(account, id));
}

function tabOf(id: string, kept: unknown): Tab | null {
  if (!isRecord(kept)) return null;
  return {
    id,
    title: isString(kept.title) ? kept.title : "Query",
    serverId: isString(kept.serverId) ? kept.serverId : null,
    database: isString(kept.database) ? kept.database : null,
    sql: isString(kept.sql) ? kept.sql : "",
    cursor: typeof kept.cursor === "number" ? kept.cursor : 0,
    options: readOptions(kept.options),
    runOnOpen: false,
    version: typeof kept.version === "number" ? kept.version : 0,
    unsaved: kept.unsaved !== false,
    sent: Array.isArray(kept.sent) ? kept.sent.filter(isString) : [],
    revision: 0,
  };
}

function write(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function parse(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const isString = (value: unknown): value is string => typeof value === "string";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

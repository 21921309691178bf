import { forgetLargeText, keepLargeText, LARGE_TEXT, readLargeTexts } from "./largeTexts";
import { readOptions, storedOptions } from "./tabOptions";
import type { Tab } from "./tabs";

/** What is kept of an account's tabs in this browser. */
export interface StoredTabs {
  tabs: Record<string, Tab>;
  order: string[];
  active: string | null;
}

// One record a tab, so that typing in one rewrites only that one. Storage that writes at once is chosen on purpose:
// a crash or a closed window takes nothing along that was typed more than a moment ago.
const orderKey = (account: string) => `howdah:${account}:tabs`;
const tabKey = (account: string, id: string) => `howdah:${account}:tab:${id}`;
// Another window of this browser writes the record of the same tab; what it must not overwrite stands here.
const asideKey = (account: string, id: string) => `howdah:${account}:aside:${id}`;
const closedKey = (account: string) => `howdah:${account}:closed`;

/** Texts that stand outside of local storage, by the keys of their records. */
export type LargeTexts = ReadonlyMap<string, string>;

/** True while a record of the account says that its text stands outside. */
export function hasLargeTexts(account: string): boolean {
  const prefix = `howdah:${account}:`;
  return Object.keys(localStorage).some(
    (key) => key.startsWith(prefix) && standsOutside(localStorage.getItem(key)),
  );
}

export function readLarge(account: string): Promise<LargeTexts> {
  return readLargeTexts(`howdah:${account}:`);
}

export function readTabs(account: string, large: LargeTexts = new Map()): StoredTabs {
  const kept = parse(localStorage.getItem(orderKey(account)));
  const order = isRecord(kept) && Array.isArray(kept.order) ? kept.order.filter(isString) : [];
  const tabs: Record<string, Tab> = {};
  for (const id of order) {
    const tab = readTab(id, tabKey(account, id), large);
    if (tab) tabs[id] = tab;
  }
  for (const tab of takeAside(account, large)) {
    tabs[tab.id] = tab;
    order.push(tab.id);
    void writeTab(account, tab);
  }
  const present = order.filter((id) => id in tabs);
  const active =
    isRecord(kept) && isString(kept.active) && kept.active in tabs ? kept.active : (present[0] ?? null);
  return { tabs, order: present, active };
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
  const mine = begin(key);
  const isNow = () => writings.get(key) === mine;
  if (tab.sql.length <= LARGE_TEXT) {
    const was = localStorage.getItem(key);
    const isWritten = write(key, recordOf(tab));
    if (isWritten && standsOutside(was)) void forgetLargeText(key).catch(() => undefined);
    return isWritten;
  }
  return keepLargeText(key, tab.sql).then(
    () => !isNow() || write(key, { ...recordOf(tab), sql: "", isLarge: true }),
    // A browser without a database may still have the room.
    () => !isNow() || write(key, recordOf(tab)),
  );
}

function begin(key: string): number {
  const mine = (writings.get(key) ?? 0) + 1;
  writings.set(key, mine);
  return mine;
}

function removeRecord(key: string): void {
  begin(key);
  if (standsOutside(localStorage.getItem(key))) void forgetLargeText(key).catch(() => undefined);
  localStorage.removeItem(key);
}

/** Whether the text of a record stands in the browser's database. Within a text the quotes would be escaped. */
const standsOutside = (record: string | null) => record?.includes('"isLarge":true') === true;

/** The tab of a record; null where there is none, or where its text stands outside and cannot be had. */
function readTab(id: string, key: string, large: LargeTexts): Tab | null {
  const record = localStorage.getItem(key);
  const kept = parse(record);
  if (!isRecord(kept) || !standsOutside(record)) return tabOf(id, kept);
  const sql = large.get(key);
  return sql === undefined ? null : tabOf(id, { ...kept, sql });
}

function recordOf({ id, runOnOpen, revision, options, ...kept }: Tab) {
  return { ...kept, options: storedOptions(options) };
}

export function forgetAside(account: string, id: string): void {
  removeRecord(asideKey(account, id));
}

/** Texts that a window went with before somebody chose between them and another window's: each becomes a tab. */
function takeAside(account: string, large: LargeTexts): Tab[] {
  const prefix = asideKey(account, "");
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  return keys.flatMap((key) => {
    const tab = readTab(crypto.randomUUID(), key, large);
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
  return write(orderKey(account), { order, active });
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

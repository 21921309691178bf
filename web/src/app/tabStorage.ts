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

export function readTabs(account: string): StoredTabs {
  const kept = parse(localStorage.getItem(orderKey(account)));
  const order = isRecord(kept) && Array.isArray(kept.order) ? kept.order.filter(isString) : [];
  const tabs: Record<string, Tab> = {};
  for (const id of order) {
    const tab = tabOf(id, parse(localStorage.getItem(tabKey(account, id))));
    if (tab) tabs[id] = tab;
  }
  for (const tab of takeAside(account)) {
    tabs[tab.id] = tab;
    order.push(tab.id);
    writeTab(account, tab);
  }
  const present = order.filter((id) => id in tabs);
  const active =
    isRecord(kept) && isString(kept.active) && kept.active in tabs ? kept.active : (present[0] ?? null);
  return { tabs, order: present, active };
}

/** False when the browser did not take it. */
export function writeTab(account: string, tab: Tab): boolean {
  return write(tabKey(account, tab.id), recordOf(tab));
}

export function writeAside(account: string, tab: Tab): boolean {
  return write(asideKey(account, tab.id), recordOf(tab));
}

function recordOf({ id, runOnOpen, revision, options, ...kept }: Tab) {
  return { ...kept, options: storedOptions(options) };
}

export function forgetAside(account: string, id: string): void {
  localStorage.removeItem(asideKey(account, id));
}

/** Texts that a window went with before somebody chose between them and another window's: each becomes a tab. */
function takeAside(account: string): Tab[] {
  const prefix = asideKey(account, "");
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  return keys.flatMap((key) => {
    const tab = tabOf(crypto.randomUUID(), parse(localStorage.getItem(key)));
    localStorage.removeItem(key);
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
  localStorage.removeItem(tabKey(account, id));
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

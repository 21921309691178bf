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

export function readTabs(account: string): StoredTabs {
  const kept = parse(localStorage.getItem(orderKey(account)));
  const order = isRecord(kept) && Array.isArray(kept.order) ? kept.order.filter(isString) : [];
  const tabs: Record<string, Tab> = {};
  for (const id of order) {
    const tab = tabOf(id, parse(localStorage.getItem(tabKey(account, id))));
    if (tab) tabs[id] = tab;
  }
  const present = order.filter((id) => id in tabs);
  const active =
    isRecord(kept) && isString(kept.active) && kept.active in tabs ? kept.active : (present[0] ?? null);
  return { tabs, order: present, active };
}

/** False when the browser did not take it. */
export function writeTab(account: string, tab: Tab): boolean {
  const { id, runOnOpen, ...kept } = tab;
  return write(tabKey(account, id), kept);
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
    runOnOpen: false,
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

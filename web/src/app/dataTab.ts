import { goToTab, openTab, type Tab, updateTab, useTabs } from "./tabs";

/** A table or view whose rows are shown. */
export interface TableAddress {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

export type FilterOperator =
  | "is"
  | "is_not"
  | "any_of"
  | "none_of"
  | "contains"
  | "not_contains"
  | "starts"
  | "ends"
  | "matches"
  | "between"
  | "has"
  | "has_key"
  | "within"
  | "words"
  | "less"
  | "at_most"
  | "greater"
  | "at_least"
  | "last"
  | "null"
  | "not_null";

/** What a row must fulfil to be shown. */
export interface RowFilter {
  readonly column: string;
  readonly operator: FilterOperator;
  /** As it was typed; nothing for `null` and `not_null`. */
  readonly value: string;
  /** Whether it is enough that this or the filter before it is fulfilled. */
  readonly or?: boolean;
}

export interface RowSort {
  readonly column: string;
  readonly descending: boolean;
  /** Where NULL goes, if not where PostgreSQL puts it: last upwards, first downwards. */
  readonly nulls?: "first" | "last";
}

/** How the columns are shown, by their names. Columns that are not named are those that came later: they are shown last. */
export interface ColumnChoice {
  readonly order: readonly string[];
  readonly hidden: readonly string[];
  readonly frozen: number;
  readonly widths: Readonly<Record<string, number>>;
}

/** What is to be in a cell: NULL, the default and an empty text are three things. */
export type CellValue =
  { readonly kind: "null" } | { readonly kind: "default" } | { readonly kind: "text"; readonly text: string };

/** Cells as they were read, by their columns; null: NULL. */
export type KnownCells = Readonly<Record<string, string | null>>;
export type CellValues = Readonly<Record<string, CellValue>>;

/** A change that waits to be applied. */
export type StagedChange =
  | { readonly id: string; readonly type: "insert"; readonly values: CellValues }
  | {
      readonly id: string;
      readonly type: "update";
      readonly key: KnownCells;
      /** What the changed cells were. */
      readonly old: KnownCells;
      readonly values: CellValues;
    }
  | { readonly id: string; readonly type: "delete"; readonly key: KnownCells; readonly old: KnownCells };

/** Filters that became SQL: what they were, the condition beside them, and the text that they became. */
export interface WrittenFilters {
  readonly filters: readonly RowFilter[];
  readonly where: string;
  readonly sql: string;
}

/** `attnum` by the names of columns. */
export type ColumnNumbers = Readonly<Record<string, number>>;

const NO_NUMBERS = { staged: {}, view: {} };

/** What a data tab keeps: it is the tab's text, so that it goes wherever that goes. */
export interface DataContent {
  readonly table: TableAddress;
  readonly sort: readonly RowSort[];
  readonly filters: readonly RowFilter[];
  /** A condition in SQL besides. */
  readonly where: string;
  /** The condition as it is being written; null while the box is closed. */
  readonly draft: string | null;
  /** Filters that were written into the condition, as long as they may be wanted back. */
  readonly written: WrittenFilters | null;
  readonly columns: ColumnChoice | null;
  /** What the columns that are named here were when they were named: `attnum`. A column keeps its number when it is renamed. */
  readonly numbers: { readonly staged: ColumnNumbers; readonly view: ColumnNumbers };
  readonly staged: readonly StagedChange[];
  /** They were sent to be applied, and it is not known here what became of that. */
  readonly sent: boolean;
}

export function parseContent(text: string): DataContent | null {
  try {
    const kept = JSON.parse(text) as Partial<DataContent>;
    const { table, sort, filters, where, draft, written, columns, numbers, staged, sent } = kept;
    if (typeof table?.oid !== "number") return null;
    return {
      table,
      sort: sort ?? [],
      filters: filters ?? [],
      where: where ?? "",
      draft: draft ?? (where ? where : null),
      written: written ?? null,
      columns: columns ?? null,
      numbers: numbers ?? NO_NUMBERS,
      staged: staged ?? [],
      sent: sent ?? false,
    };
  } catch {
    return null;
  }
}

/** Whether a tab of rows has changes that wait, told without reading all of them. */
export function hasStaged({ id, sql }: Tab): boolean {
  return id.startsWith("data-") && sql !== "" && !sql.includes('"staged":[]');
}

/** Changes some of what a tab keeps, whatever else has changed meanwhile. */
export function changeContent(tabId: string, change: Partial<DataContent>): void {
  const now = parseContent(useTabs.getState().tabs[tabId]?.sql ?? "");
  if (now) updateTab(tabId, { sql: JSON.stringify({ ...now, ...change }) });
}

interface OpenTable {
  readonly serverId: string | null;
  readonly database: string | null;
  readonly table: TableAddress;
  readonly filters?: readonly RowFilter[];
}

/** Shows a table's rows, to be edited: in the tab that already does, or in a new one. Returns the tab's id. */
export function openTableData({ serverId, database, table, filters = [] }: OpenTable): string {
  const { tabs, order } = useTabs.getState();
  const shows = (tab: Tab | undefined) => {
    if (!tab?.id.startsWith("data-") || tab.serverId !== serverId || tab.database !== database) return false;
    const content = parseContent(tab.sql);
    return content?.table.oid === table.oid && JSON.stringify(content.filters) === JSON.stringify(filters);
  };
  const there = order.find((id) => shows(tabs[id]));
  if (there !== undefined) {
    goToTab(there);
    return there;
  }
  const content: DataContent = {
    table,
    sort: [],
    filters,
    where: "",
    draft: null,
    written: null,
    columns: null,
    numbers: NO_NUMBERS,
    staged: [],
    sent: false,
  };
  const sql = JSON.stringify(content);
  return openTab({ title: `${table.schema}.${table.name}`, serverId, database, sql }, "data");
}

import type { TableShape } from "~/api/types";
import type { CellValue, ColumnNumbers, DataContent, StagedChange } from "~/app/dataTab";

type Names = ReadonlyMap<string, string>;

/** A column that changes are staged for, and that the table has no more under its name. */
export interface MovedColumn {
  readonly from: string;
  /** What it is called now; null: it was dropped. */
  readonly to: string | null;
  /** Changes that name it. */
  readonly changes: number;
  /** Values that are staged for it. */
  readonly values: readonly CellValue[];
}

/** The numbers of the columns that a tab names; `content.numbers` itself where these are known already. */
export function numbersOf(content: DataContent, shape: TableShape): DataContent["numbers"] {
  const { staged, view } = content.numbers;
  const next = {
    staged: known(staged, new Set(content.staged.flatMap(columnsOf)), shape),
    view: known(view, new Set(viewed(content)), shape),
  };
  return next.staged === staged && next.view === view ? content.numbers : next;
}

/** What is known stays so: also of names that are not in the table, which may be wanted back. */
function known(numbers: ColumnNumbers, names: ReadonlySet<string>, shape: TableShape): ColumnNumbers {
  const now = new Map(shape.columns.map(({ name, number }) => [name, number]));
  const kept = Object.entries(numbers).filter(([name]) => names.has(name) || !now.has(name));
  const more = [...names].flatMap((name) => {
    const number = now.get(name);
    return number === undefined || name in numbers ? [] : [[name, number] as const];
  });
  const isSame = more.length === 0 && kept.length === Object.keys(numbers).length;
  return isSame ? numbers : Object.fromEntries([...kept, ...more]);
}

/** The numbers once columns go by their present names. */
export function numbersCarried(
  numbers: ColumnNumbers,
  shape: TableShape,
  names: readonly string[],
): ColumnNumbers {
  const now = shape.columns.flatMap(({ name, number }) =>
    names.includes(name) ? [[name, number] as const] : [],
  );
  return { ...numbers, ...Object.fromEntries(now) };
}

/** What became of the columns that staged changes name, as far as they are not what they were. */
export function movedColumns(content: DataContent, shape: TableShape): readonly MovedColumn[] {
  const names = renamed(content.numbers.staged, shape);
  const now = new Set(shape.columns.map(({ name }) => name));
  const used = new Set(content.staged.flatMap(columnsOf));
  return [...used].flatMap((from) => {
    const to = names.get(from) ?? null;
    if (to === null && now.has(from)) return [];
    const changes = content.staged.filter((change) => columnsOf(change).includes(from));
    const values = changes.flatMap((change) =>
      change.type !== "delete" && change.values[from] ? [change.values[from]] : [],
    );
    return [{ from, to, changes: changes.length, values }];
  });
}

/** Order, filters and widths by the names that columns have now; null where these are what they were. */
export function viewCarried(content: DataContent, shape: TableShape): Partial<DataContent> | null {
  const names = renamed(content.numbers.view, shape);
  const named = (name: string) => names.get(name) ?? name;
  const { sort, filters, columns, numbers } = content;
  const inView = viewed(content).filter((name) => names.has(name));
  if (inView.length === 0) return null;
  return {
    numbers: { ...numbers, view: numbersCarried(numbers.view, shape, inView.map(named)) },
    sort: sort.map((by) => ({ ...by, column: named(by.column) })),
    filters: filters.map((filter) => ({ ...filter, column: named(filter.column) })),
    columns: columns && {
      ...columns,
      order: columns.order.map(named),
      hidden: columns.hidden.map(named),
      widths: withNames(columns.widths, names),
    },
  };
}

/** The changes with columns by other names. */
export function carryOver(staged: readonly StagedChange[], names: Names): readonly StagedChange[] {
  return staged.map((change) => {
    switch (change.type) {
      case "insert":
        return { ...change, values: withNames(change.values, names) };
      case "update":
        return {
          ...change,
          key: withNames(change.key, names),
          old: withNames(change.old, names),
          values: withNames(change.values, names),
        };
      case "delete":
        return { ...change, key: withNames(change.key, names), old: withNames(change.old, names) };
    }
  });
}

/** The changes without what is said of these columns. One that is found by such a column goes, as one of nothing else does. */
export function withoutColumns(
  staged: readonly StagedChange[],
  gone: ReadonlySet<string>,
): readonly StagedChange[] {
  return staged.flatMap((change): StagedChange[] => {
    if (change.type === "insert") return [{ ...change, values: without(change.values, gone) }];
    if (Object.keys(change.key).some((name) => gone.has(name))) return [];
    const old = without(change.old, gone);
    if (change.type === "delete") return [{ ...change, old }];
    const values = without(change.values, gone);
    return Object.keys(values).length === 0 ? [] : [{ ...change, old, values }];
  });
}

/** What columns are called now, where that is something else. */
function renamed(numbers: ColumnNumbers, shape: TableShape): Names {
  const now = new Map(shape.columns.map(({ number, name }) => [number, name]));
  return new Map(
    Object.entries(numbers).flatMap(([from, number]) => {
      const to = now.get(number);
      return to === undefined || to === from ? [] : [[from, to] as const];
    }),
  );
}

function viewed({ sort, filters, columns }: DataContent): readonly string[] {
  return [...[...sort, ...filters].map(({ column }) => column), ...(columns?.order ?? [])];
}

function columnsOf(change: StagedChange): readonly string[] {
  if (change.type === "insert") return Object.keys(change.values);
  const values = change.type === "update" ? Object.keys(change.values) : [];
  return [...new Set([...Object.keys(change.key), ...Object.keys(change.old), ...values])];
}

function withNames<Value>(cells: Readonly<Record<string, Value>>, names: Names): Record<string, Value> {
  return Object.fromEntries(Object.entries(cells).map(([name, value]) => [names.get(name) ?? name, value]));
}

function without<Value>(
  cells: Readonly<Record<string, Value>>,
  gone: ReadonlySet<string>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(cells).filter(([name]) => !gone.has(name)));
}

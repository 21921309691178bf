/** How one column sorts the rows. */
export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
}

export type Operator = "contains" | "equals" | "differs" | "less" | "greater" | "null" | "not_null";

/** What a row must fulfil to be shown. */
export interface Condition {
  readonly column: number;
  readonly operator: Operator;
  /** Compared with the value; nothing for `null` and `not_null`. */
  readonly text: string;
}

/** How a person arranged a result. Columns are numbered as the result has them. */
export interface Arrangement {
  /** The columns that are shown, in their order. */
  readonly columns: readonly number[];
  /** So many of the first columns stay in place. */
  readonly frozen: number;
  readonly sort: readonly SortKey[];
  readonly conditions: readonly Condition[];
  /** Widths that were set by hand. */
  readonly widths: ReadonlyMap<number, number>;
}

export function plainArrangement(columnCount: number): Arrangement {
  const columns = Array.from({ length: columnCount }, (_, column) => column);
  return { columns, frozen: 0, sort: [], conditions: [], widths: new Map() };
}

export function isPlain({ sort, conditions }: Arrangement): boolean {
  return sort.length === 0 && conditions.length === 0;
}

/** Puts the column at the place `from` to the place `to`. */
export function moveColumn(arrangement: Arrangement, from: number, to: number): Arrangement {
  const columns = arrangement.columns.slice();
  const [moved] = columns.splice(from, 1);
  if (moved === undefined || to < 0 || to > columns.length) return arrangement;
  columns.splice(to, 0, moved);
  return { ...arrangement, columns };
}

/** Takes a column out of sight; the last one stays. */
export function hideColumn(arrangement: Arrangement, column: number): Arrangement {
  const place = arrangement.columns.indexOf(column);
  if (place < 0 || arrangement.columns.length === 1) return arrangement;
  const columns = arrangement.columns.filter((other) => other !== column);
  const frozen = place < arrangement.frozen ? arrangement.frozen - 1 : arrangement.frozen;
  return { ...arrangement, columns, frozen };
}

/** Shows a hidden column behind the nearest one that precedes it in the result. */
export function showColumn(arrangement: Arrangement, column: number): Arrangement {
  if (arrangement.columns.includes(column)) return arrangement;
  let place = 0;
  arrangement.columns.forEach((other, index) => {
    if (other < column) place = index + 1;
  });
  return { ...arrangement, columns: arrangement.columns.toSpliced(place, 0, column) };
}

export function sortBy(arrangement: Arrangement, key: SortKey): Arrangement {
  return { ...arrangement, sort: [key] };
}

/** Sorts rows that are equal so far; a column that sorts already keeps its turn. */
export function sortAlsoBy(arrangement: Arrangement, key: SortKey): Arrangement {
  const { sort } = arrangement;
  const known = sort.some(({ column }) => column === key.column);
  return {
    ...arrangement,
    sort: known ? sort.map((other) => (other.column === key.column ? key : other)) : [...sort, key],
  };
}

export function withoutSorting(arrangement: Arrangement, column: number): Arrangement {
  return { ...arrangement, sort: arrangement.sort.filter((key) => key.column !== column) };
}

/** Adds a condition; the same one a second time changes nothing. */
export function addCondition(arrangement: Arrangement, condition: Condition): Arrangement {
  const is = (other: Condition) =>
    other.column === condition.column &&
    other.operator === condition.operator &&
    other.text === condition.text;
  if (arrangement.conditions.some(is)) return arrangement;
  return { ...arrangement, conditions: [...arrangement.conditions, condition] };
}

export function withoutCondition(arrangement: Arrangement, condition: Condition): Arrangement {
  return { ...arrangement, conditions: arrangement.conditions.filter((other) => other !== condition) };
}

const WORDS: Record<Operator, string> = {
  contains: "contains",
  equals: "is",
  differs: "is not",
  less: "is less than",
  greater: "is greater than",
  null: "is NULL",
  not_null: "is not NULL",
};
export const OPERATORS = Object.entries(WORDS) as [Operator, string][];

/** A condition as people read it: `status is paid`. */
export function conditionWords({ operator, text }: Condition, name: string): string {
  const value = operator === "null" || operator === "not_null" ? "" : text === "" ? " empty" : ` ${text}`;
  return `${name} ${WORDS[operator]}${value}`;
}

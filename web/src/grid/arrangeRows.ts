import { item } from "~/run/item";
import type { Cell, RowStore } from "~/run/rowStore";
import type { Condition, SortKey } from "./arrangement";
import { compareDecimals, parseDecimal } from "./decimal";
import { Pace } from "./pace";

/** Rows between two looks at the clock. */
const STEP = 512;
/** Sorted at once before merging begins. */
const RUN = 1024;

/**
 * The rows that fulfil all conditions, in the wanted order. NULL comes last, as in PostgreSQL, and first when descending;
 * text goes by its characters, as PostgreSQL's collation C has it. Rows that are equal stay in the order in which they came.
 */
export async function arrangeRows(
  rows: RowStore,
  isNumber: (column: number) => boolean,
  conditions: readonly Condition[],
  sort: readonly SortKey[],
  signal: AbortSignal,
): Promise<Int32Array> {
  const pace = new Pace(signal);
  const count = rows.rowCount;
  let kept = new Int32Array(count);
  let length = 0;
  const tests = conditions.map((condition) => testOf(condition, isNumber(condition.column)));
  for (let row = 0; row < count; row += 1) {
    if (row % STEP === 0 && pace.isOver) await pace.rest();
    if (tests.every((test, index) => test(rows.cell(row, item(conditions, index).column))))
      kept[length++] = row;
  }
  kept = kept.slice(0, length);
  if (sort.length === 0) return kept;
  const orders: Order[] = [];
  for (const key of sort) orders.push(await orderOf(rows, kept, key, isNumber(key.column), pace));
  const places = await sorted(length, orders, pace);
  return places.map((place) => item(kept, place));
}

type Test = (cell: Cell) => boolean;

function testOf({ operator, text }: Condition, isNumber: boolean): Test {
  switch (operator) {
    case "null":
      return (cell) => cell.kind === "null";
    case "not_null":
      return (cell) => cell.kind !== "null";
    case "contains": {
      const sought = text.toLowerCase();
      return (cell) => cell.kind !== "null" && cell.text.toLowerCase().includes(sought);
    }
    case "equals":
      return (cell) => cell.kind !== "null" && compareValues(cell.text, text, isNumber) === 0;
    case "differs":
      return (cell) => cell.kind === "null" || compareValues(cell.text, text, isNumber) !== 0;
    case "less":
      return (cell) => cell.kind !== "null" && compareValues(cell.text, text, isNumber) < 0;
    case "greater":
      return (cell) => cell.kind !== "null" && compareValues(cell.text, text, isNumber) > 0;
  }
}

/** Two values of a column: numbers by their size, NaN above all others as in PostgreSQL. */
export function compareValues(a: string, b: string, isNumber: boolean): number {
  if (a === b) return 0;
  if (!isNumber) return a < b ? -1 : 1;
  const difference = size(a) - size(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  const [left, right] = [parseDecimal(a), parseDecimal(b)];
  return left && right ? compareDecimals(left, right) : a < b ? -1 : 1;
}

/** Where a number stands among others, nearly; money loses its signs. */
function size(text: string): number {
  let number = Number(text);
  if (Number.isNaN(number)) {
    if (text === "NaN") return Infinity;
    number = Number(text.replace(/[^\d.-]/g, ""));
  }
  return Number.isNaN(number) ? 0 : number;
}

type Order = (a: number, b: number) => number;

/** Compares places of `kept`. Keys are read once, since a cell is decoded whenever it is asked for. */
async function orderOf(
  rows: RowStore,
  kept: Int32Array,
  { column, descending }: SortKey,
  isNumber: boolean,
  pace: Pace,
): Promise<Order> {
  const texts = new Array<string | null>(kept.length);
  const sizes = isNumber ? new Float64Array(kept.length) : null;
  for (let place = 0; place < kept.length; place += 1) {
    if (place % STEP === 0 && pace.isOver) await pace.rest();
    const cell = rows.cell(item(kept, place), column);
    texts[place] = cell.kind === "null" ? null : cell.text;
    if (sizes && cell.kind !== "null") sizes[place] = size(cell.text);
  }
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [texts[a] ?? null, texts[b] ?? null];
    if (left === right) return 0;
    if (left === null) return sign;
    if (right === null) return -sign;
    const difference = sizes ? item(sizes, a) - item(sizes, b) : 0;
    return sign * (difference === 0 ? compareValues(left, right, isNumber) : difference);
  };
}

/** Merge sort in slices: short runs by the language's own sort, then merged two by two. */
async function sorted(length: number, orders: readonly Order[], pace: Pace): Promise<Int32Array> {
  const compare = (a: number, b: number) => {
    for (const order of orders) {
      const difference = order(a, b);
      if (difference !== 0) return difference;
    }
    return a - b;
  };
  let from = Int32Array.from({ length }, (_, place) => place);
  for (let start = 0; start < length; start += RUN) {
    from.subarray(start, start + RUN).sort(compare);
    if (pace.isOver) await pace.rest();
  }
  let to = new Int32Array(length);
  for (let width = RUN; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(start + 2 * width, length);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at += 1) {
        if (at % STEP === 0 && pace.isOver) await pace.rest();
        const takeLeft = left < middle && (right >= end || compare(item(from, left), item(from, right)) <= 0);
        to[at] = takeLeft ? item(from, left++) : item(from, right++);
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

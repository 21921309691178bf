import { item } from "~/run/item";
import type { Cell, RowStore } from "~/run/rowStore";
import type { Condition, SortKey } from "./arrangement";
import { Pace } from "./pace";
import type { ValueKind } from "./valueKind";
import { compareTexts, orderOf, type ValueOrder } from "./valueOrder";

/** Rows between two looks at the clock. */
const STEP = 512;
/** Sorted at once before merging begins. */
const RUN = 1024;

/**
 * The rows that fulfil all conditions, in the wanted order. NULL comes last, as in PostgreSQL, and first when descending;
 * numbers, dates, addresses and their like go by what they are, text by its characters, as PostgreSQL's collation C has it.
 * Rows that are equal stay in the order in which they came.
 */
export async function arrangeRows(
  rows: RowStore,
  kindOf: (column: number) => ValueKind,
  conditions: readonly Condition[],
  sort: readonly SortKey[],
  signal: AbortSignal,
): Promise<Int32Array> {
  const pace = new Pace(signal);
  const count = rows.rowCount;
  let kept = new Int32Array(count);
  let length = 0;
  const tests = conditions.map((condition) => testOf(condition, orderOf(kindOf(condition.column))));
  for (let row = 0; row < count; row += 1) {
    if ((row % STEP === 0 || pace.hasReadMuch) && pace.isOver) await pace.rest();
    if (tests.every((test, index) => test(pace.read(rows.cell(row, item(conditions, index).column)))))
      kept[length++] = row;
  }
  kept = kept.slice(0, length);
  if (sort.length === 0) return kept;
  const orders: Order[] = [];
  for (const key of sort) orders.push(await placesBy(rows, kept, key, kindOf(key.column), pace));
  const places = await sorted(length, orders, pace);
  return places.map((place) => item(kept, place));
}

type Test = (cell: Cell) => boolean;

function testOf({ operator, text }: Condition, order: ValueOrder): Test {
  // What is no value of the type can only be meant as text.
  const compare = order.holds(text) ? order.compare : compareTexts;
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
      return (cell) => cell.kind !== "null" && compare(cell.text, text) === 0;
    case "differs":
      return (cell) => cell.kind === "null" || compare(cell.text, text) !== 0;
    case "less":
      return (cell) => cell.kind !== "null" && compare(cell.text, text) < 0;
    case "greater":
      return (cell) => cell.kind !== "null" && compare(cell.text, text) > 0;
  }
}

type Order = (a: number, b: number) => number;

/** Compares places of `kept`. Keys are read once, since a cell is decoded whenever it is asked for. */
async function placesBy(
  rows: RowStore,
  kept: Int32Array,
  { column, descending }: SortKey,
  kind: ValueKind,
  pace: Pace,
): Promise<Order> {
  const order = orderOf(kind);
  const texts = new Array<string | null>(kept.length);
  const sizes = new Float64Array(kept.length);
  for (let place = 0; place < kept.length; place += 1) {
    if ((place % STEP === 0 || pace.hasReadMuch) && pace.isOver) await pace.rest();
    const cell = pace.read(rows.cell(item(kept, place), column));
    texts[place] = cell.kind === "null" ? null : cell.text;
    if (cell.kind !== "null") sizes[place] = order.size(cell.text);
  }
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [texts[a] ?? null, texts[b] ?? null];
    if (left === right) return 0;
    if (left === null) return sign;
    if (right === null) return -sign;
    // Infinities have no difference.
    const [one, other] = [item(sizes, a), item(sizes, b)];
    return sign * (one < other ? -1 : one > other ? 1 : order.compare(left, right));
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

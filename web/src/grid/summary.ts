import type { Cell } from "~/run/rowStore";
import type { CellSource } from "./cells";
import { countCells, type CellBlock } from "./copyText";
import { DecimalSum, formatDecimal, parseDecimal, parseMoney, type Decimal } from "./decimal";
import { addIntervals, divideInterval, formatInterval, parseInterval, type Interval } from "./temporal";
import type { ValueKind } from "./valueKind";
import { orderOf } from "./valueOrder";

/** What is selected. */
export interface SelectionSummary {
  readonly cells: number;
  /** What the values come to; null for a single cell, and for more than are looked at. */
  readonly values: ValueSummary | null;
}

export interface ValueSummary {
  /** Values that are not NULL. */
  readonly count: number;
  readonly nulls: number;
  /** Different ones among them, where they are of one column. */
  readonly distinct: number | null;
  /** Exact, in decimal digits; the average is rounded. */
  readonly total: { readonly sum: string; readonly average: string } | null;
  readonly range: { readonly least: string; readonly greatest: string } | null;
}

const MAX_SUMMED = 100_000;
/** Of more characters the values are counted and not looked at, so that marking cells never makes the page wait. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Sums up what is selected; `kindOf` tells what can be made of a column's values. */
export function summarize(
  cells: CellSource,
  block: CellBlock,
  kindOf: (column: number) => ValueKind,
): SelectionSummary {
  const count = countCells(block);
  if (count < 2 || count > MAX_SUMMED) return { cells: count, values: null };
  const kinds = new Set(block.columns.map(kindOf));
  const [kind = "none"] = kinds;
  return { cells: count, values: sumUp(cells, block, METHODS[kinds.size === 1 ? kind : "none"]) };
}

/** What is done with each value of a kind. `take` answers false for one that has no place among the others. */
interface Method {
  readonly take: (text: string) => boolean;
  readonly total: (count: number) => ValueSummary["total"];
  readonly range: () => ValueSummary["range"];
}

const METHODS: Readonly<Record<ValueKind, () => Method>> = {
  number: () =>
    added("number", parseDecimal, (text) => {
      const number = parseDecimal(text);
      return number ? formatDecimal(number) : text;
    }),
  money: () => added("money", parseMoney),
  interval: () => {
    let sum: Interval | null = { months: 0n, days: 0n, micros: 0n };
    const { take, range } = ordered("interval");
    return {
      take: (text) => {
        const value = parseInterval(text);
        sum = sum && value && addIntervals(sum, value);
        return take(text);
      },
      total: (count) =>
        sum && { sum: formatInterval(sum), average: formatInterval(divideInterval(sum, count)) },
      range,
    };
  },
  instant: () => ordered("instant"),
  zoned_time: () => ordered("zoned_time"),
  address: () => ordered("address"),
  location: () => ordered("location"),
  text: () => ordered("text"),
  none: () => ({ take: () => false, total: () => null, range: () => null }),
};

/** Values that have a sum, but for some such as NaN. */
function added(
  kind: ValueKind,
  parse: (text: string) => Decimal | null,
  written?: (text: string) => string,
): Method {
  const sum = new DecimalSum();
  const { take, range } = ordered(kind, written);
  let whole = true;
  return {
    take: (text) => {
      whole &&= sum.add(parse(text));
      return take(text);
    },
    total: (count) => (whole ? { sum: String(sum), average: sum.average(count) } : null),
    range,
  };
}

/** Values of which there is a least and a greatest one. */
function ordered(kind: ValueKind, written: (text: string) => string = (text) => text): Method {
  const order = orderOf(kind);
  let least: Placed | null = null;
  let greatest: Placed | null = null;
  const compare = (one: Placed, other: Placed) =>
    one.size === other.size ? order.compare(one.text, other.text) : one.size - other.size;
  return {
    take: (text) => {
      if (!order.holds(text)) return false;
      const value = { text, size: order.size(text) };
      if (!least || compare(value, least) < 0) least = value;
      if (!greatest || compare(value, greatest) > 0) greatest = value;
      return true;
    },
    total: () => null,
    range: () => least && greatest && { least: written(least.text), greatest: written(greatest.text) },
  };
}

interface Placed {
  readonly text: string;
  readonly size: number;
}

function sumUp(cells: CellSource, block: CellBlock, make: () => Method): ValueSummary {
  const method = make();
  const different = block.columns.length === 1 ? new Set<string>() : null;
  let [count, nulls, characters, fits, whole] = [0, 0, 0, true, true];
  const look = (cell: Cell) => {
    if (cell.kind === "null") {
      nulls += 1;
      return;
    }
    count += 1;
    characters += cell.text.length;
    // Of a value that is not all here nothing can be told.
    if (cell.kind === "cut" || characters > MAX_CHARACTERS) whole = false;
    if (!whole) return;
    different?.add(cell.text);
    fits &&= method.take(cell.text);
  };
  for (const [first, end] of block.rows) {
    for (let row = first; row < end; row += 1) {
      for (const column of block.columns) look(cells.cell(row, column, whole ? Infinity : 0));
    }
  }
  const summed = whole && fits && count > 0;
  return {
    count,
    nulls,
    distinct: whole && different ? different.size : null,
    total: summed ? method.total(count) : null,
    range: summed ? method.range() : null,
  };
}

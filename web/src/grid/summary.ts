import type { Cell } from "~/run/rowStore";
import type { CellSource } from "./cells";
import { countCells, type CellBlock } from "./copyText";
import { compareDecimals, DecimalSum, formatDecimal, parseDecimal } from "./decimal";
import type { Summable } from "./summable";
import { addIntervals, divideInterval, formatInterval, instantOf, lengthOf, parseInterval } from "./temporal";

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

/** Sums up what is selected; `kindOf` tells what can be made of a column's values. */
export function summarize(
  cells: CellSource,
  block: CellBlock,
  kindOf: (column: number) => Summable,
): SelectionSummary {
  const count = countCells(block);
  if (count < 2 || count > MAX_SUMMED) return { cells: count, values: null };
  const kinds = new Set(block.columns.map(kindOf));
  const [kind = "none"] = kinds;
  return { cells: count, values: sumUp(cells, block, METHODS[kinds.size === 1 ? kind : "none"]) };
}

/** What is done with each value of a kind. `take` answers false for one that fits in with no sum and no order. */
interface Method {
  take(text: string): boolean;
  total(count: number): ValueSummary["total"];
  range(): ValueSummary["range"];
}

const METHODS: Readonly<Record<Summable, () => Method>> = {
  number: () => {
    const sum = new DecimalSum();
    const range = new Range(parseDecimal, compareDecimals, (value) => formatDecimal(value));
    return {
      take: (text) => range.take(text) && sum.add(text),
      total: (count) => ({ sum: String(sum), average: sum.average(count) }),
      range: () => range.ends(),
    };
  },
  interval: () => {
    let sum = { months: 0n, days: 0n, micros: 0n };
    const range = new Range(parseInterval, (a, b) => Number(lengthOf(a) - lengthOf(b)));
    return {
      take: (text) => {
        const value = parseInterval(text);
        if (value) sum = addIntervals(sum, value);
        return range.take(text);
      },
      total: (count) => ({ sum: formatInterval(sum), average: formatInterval(divideInterval(sum, count)) }),
      range: () => range.ends(),
    };
  },
  instant: () => ordered(new Range(instantOf, (a, b) => (a < b ? -1 : a > b ? 1 : 0))),
  text: () =>
    ordered(
      new Range(
        (text) => text,
        (a, b) => (a < b ? -1 : a > b ? 1 : 0),
      ),
    ),
  none: () => ({ take: () => false, total: () => null, range: () => null }),
};

function ordered<T>(range: Range<T>): Method {
  return { take: (text) => range.take(text), total: () => null, range: () => range.ends() };
}

/** The least and the greatest of values. */
class Range<T> {
  readonly #parse: (text: string) => T | null;
  readonly #compare: (a: T, b: T) => number;
  readonly #written: (value: T, text: string) => string;
  #least: { readonly value: T; readonly text: string } | null = null;
  #greatest: { readonly value: T; readonly text: string } | null = null;

  constructor(
    parse: (text: string) => T | null,
    compare: (a: T, b: T) => number,
    written: (value: T, text: string) => string = (_, text) => text,
  ) {
    this.#parse = parse;
    this.#compare = compare;
    this.#written = written;
  }

  take(text: string): boolean {
    const value = this.#parse(text);
    if (value === null) return false;
    if (!this.#least || this.#compare(value, this.#least.value) < 0) this.#least = { value, text };
    if (!this.#greatest || this.#compare(value, this.#greatest.value) > 0) this.#greatest = { value, text };
    return true;
  }

  ends(): ValueSummary["range"] {
    if (!this.#least || !this.#greatest) return null;
    const word = ({ value, text }: { value: T; text: string }) => this.#written(value, text);
    return { least: word(this.#least), greatest: word(this.#greatest) };
  }
}

function sumUp(cells: CellSource, block: CellBlock, make: () => Method): ValueSummary {
  const method = make();
  const different = block.columns.length === 1 ? new Set<string>() : null;
  let [count, nulls, fits, whole] = [0, 0, true, true];
  const look = (cell: Cell) => {
    if (cell.kind === "null") {
      nulls += 1;
      return;
    }
    count += 1;
    // Of a value that is not all here nothing can be told.
    if (cell.kind === "cut") whole = false;
    if (!whole) return;
    different?.add(cell.text);
    fits &&= method.take(cell.text);
  };
  for (const [first, end] of block.rows) {
    for (let row = first; row < end; row += 1) {
      for (const column of block.columns) look(cells.cell(row, column));
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

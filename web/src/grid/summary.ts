import type { RowStore } from "~/run/rowStore";
import { countCells, type CellBlock } from "./copyText";

/** What is selected. */
export interface SelectionSummary {
  readonly cells: number;
  /** The exact sum in decimal digits, when every selected value is a finite number or NULL. */
  readonly sum: string | null;
}

const MAX_SUMMED = 100_000;
const DECIMAL = /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;

export function summarize(
  rows: RowStore,
  block: CellBlock,
  isNumber: (column: number) => boolean,
): SelectionSummary {
  const cells = countCells(block);
  if (cells < 2 || cells > MAX_SUMMED || !block.columns.every(isNumber)) return { cells, sum: null };
  const sum = new DecimalSum();
  for (const [first, end] of block.rows) {
    for (let row = first; row < end; row += 1) {
      for (const column of block.columns) {
        const cell = rows.cell(row, column);
        if (cell.kind === "cut" || (cell.kind === "text" && !sum.add(cell.text))) return { cells, sum: null };
      }
    }
  }
  return { cells, sum: sum.toString() };
}

/** Adds decimal numbers without rounding: `numeric` would be wronged by floating point. */
export class DecimalSum {
  #units = 0n;
  #scale = 0;

  /** False when the text is no finite decimal number. */
  add(text: string): boolean {
    const [, sign, whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? [];
    if (sign === undefined || whole + fraction === "") return false;
    let units = BigInt(`${sign}${whole}${fraction}`);
    let scale = fraction.length - Number(exponent);
    if (scale < 0) {
      units *= 10n ** BigInt(-scale);
      scale = 0;
    }
    if (scale > this.#scale) {
      this.#units *= 10n ** BigInt(scale - this.#scale);
      this.#scale = scale;
    }
    this.#units += units * 10n ** BigInt(this.#scale - scale);
    return true;
  }

  toString(): string {
    const digits = (this.#units < 0n ? -this.#units : this.#units).toString().padStart(this.#scale + 1, "0");
    const point = digits.length - this.#scale;
    const sign = this.#units < 0n ? "-" : "";
    return `${sign}${digits.slice(0, point)}${this.#scale === 0 ? "" : `.${digits.slice(point)}`}`;
  }
}

import type { CellSource } from "./cells";
import { countCells, type CellBlock } from "./copyText";
import { compareDecimals, DecimalSum, formatDecimal, parseDecimal, type Decimal } from "./decimal";

/** What is selected. */
export interface SelectionSummary {
  readonly cells: number;
  /** Of the numbers, when every selected value is a finite number or NULL. */
  readonly numbers: NumberSummary | null;
}

/** Exact, in decimal digits; the average is rounded. */
export interface NumberSummary {
  /** Values that are not NULL. */
  readonly count: number;
  readonly sum: string;
  readonly average: string;
  readonly least: string;
  readonly greatest: string;
}

const MAX_SUMMED = 100_000;

export function summarize(
  cells: CellSource,
  block: CellBlock,
  isNumber: (column: number) => boolean,
): SelectionSummary {
  const count = countCells(block);
  if (count < 2 || count > MAX_SUMMED || !block.columns.every(isNumber))
    return { cells: count, numbers: null };
  return { cells: count, numbers: sumUp(cells, block) };
}

function sumUp(cells: CellSource, block: CellBlock): NumberSummary | null {
  const sum = new DecimalSum();
  let count = 0;
  let least: Decimal | null = null;
  let greatest: Decimal | null = null;
  for (const [first, end] of block.rows) {
    for (let row = first; row < end; row += 1) {
      for (const column of block.columns) {
        const cell = cells.cell(row, column);
        if (cell.kind === "null") continue;
        const number = cell.kind === "text" ? parseDecimal(cell.text) : null;
        if (!number) return null;
        count += 1;
        sum.add(cell.text);
        if (!least || compareDecimals(number, least) < 0) least = number;
        if (!greatest || compareDecimals(number, greatest) > 0) greatest = number;
      }
    }
  }
  if (!least || !greatest) return null;
  return {
    count,
    sum: String(sum),
    average: sum.average(count),
    least: formatDecimal(least),
    greatest: formatDecimal(greatest),
  };
}

import type { CellSource } from "./cells";
import { Pace } from "./pace";

/** Places of matches: row and column in turn, in reading order. */
export interface Matches {
  readonly places: Int32Array;
  readonly count: number;
  /** There are more than are kept. */
  readonly more: boolean;
}

const MAX_MATCHES = 100_000;
const STEP = 256;

/** Finds the cells whose text contains `text`, upper and lower case alike. `told` hears of what was found so far. */
export async function findInCells(
  cells: CellSource,
  columnCount: number,
  text: string,
  signal: AbortSignal,
  told: (matches: Matches) => void,
): Promise<Matches> {
  const pace = new Pace(signal);
  const sought = text.toLowerCase();
  const places: number[] = [];
  const soFar = (more: boolean): Matches => ({
    places: Int32Array.from(places),
    count: places.length / 2,
    more,
  });
  for (let row = 0; row < cells.rowCount; row += 1) {
    if ((row % STEP === 0 || pace.hasReadMuch) && pace.isOver) {
      const known = places.length;
      await pace.rest();
      if (known > 0 && row % (STEP * 64) === 0) told(soFar(false));
    }
    for (let column = 0; column < columnCount; column += 1) {
      const cell = pace.read(cells.cell(row, column));
      if (cell.kind === "null" || !cell.text.toLowerCase().includes(sought)) continue;
      if (places.length === MAX_MATCHES * 2) return soFar(true);
      places.push(row, column);
    }
  }
  return soFar(false);
}

/** The match at or behind a place, in reading order; the first one behind the last. */
export function matchFrom({ places, count }: Matches, row: number, column: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const before =
      (places[middle * 2] ?? 0) < row ||
      ((places[middle * 2] ?? 0) === row && (places[middle * 2 + 1] ?? 0) < column);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low === count ? 0 : low;
}

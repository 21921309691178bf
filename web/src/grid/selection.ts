import { CompactSelection, type GridSelection } from "@glideapps/glide-data-grid";

import type { CellBlock } from "./copyText";

export const NO_SELECTION: GridSelection = {
  columns: CompactSelection.empty(),
  rows: CompactSelection.empty(),
};

/** The selected cells; null when nothing is selected. */
export function selectedBlock(
  selection: GridSelection,
  rowCount: number,
  columnCount: number,
): CellBlock | null {
  const { current, columns, rows } = selection;
  if (columns.length > 0) return { rows: [[0, rowCount]], columns: columns.toArray() };
  if (rows.length > 0) return { rows: ranges(rows), columns: upTo(0, columnCount) };
  if (!current) return null;
  const { x, y, width, height } = current.range;
  return { rows: [[y, Math.min(y + height, rowCount)]], columns: upTo(x, x + width) };
}

function ranges(rows: CompactSelection): [number, number][] {
  const found: [number, number][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last?.[1] === row) last[1] += 1;
    else found.push([row, row + 1]);
  }
  return found;
}

function upTo(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

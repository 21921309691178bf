import { item } from "~/run/item";
import type { CellSource } from "./cells";
import { writeRows, type CellBlock, type WriteOptions, type WrittenColumn } from "./writeRows";

export type { CellBlock } from "./writeRows";

export type Copied =
  | {
      readonly kind: "copied";
      readonly text: string;
      readonly cells: number;
      /** Cells of which only the beginning was there, such as `total, row 7`; the first few of them. */
      readonly cut: readonly string[];
      readonly cutCount: number;
    }
  | { readonly kind: "too_many"; readonly cells: number };

const MAX_CELLS = 2_000_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;
const NAMED_CUTS = 3;

export function countCells(block: CellBlock): number {
  return block.columns.length * block.rows.reduce((count, [first, end]) => count + end - first, 0);
}

/** The text of a block for the clipboard: a single value without names is copied as it is. */
export function copyText(
  cells: CellSource,
  columns: readonly WrittenColumn[],
  block: CellBlock,
  options: WriteOptions,
): Copied {
  const count = countCells(block);
  if (count > MAX_CELLS) return { kind: "too_many", cells: count };
  const cut: string[] = [];
  let cutCount = 0;
  const noteCut = (row: number, column: number) => {
    cutCount += 1;
    if (cut.length < NAMED_CUTS) cut.push(`${item(columns, column).name}, row ${row + 1}`);
  };
  if (count === 1 && options.format === "tsv" && !options.header) {
    const [row, column] = [item(item(block.rows, 0), 0), item(block.columns, 0)];
    const cell = cells.cell(row, column);
    if (cell.kind === "cut") noteCut(row, column);
    return { kind: "copied", text: cell.kind === "null" ? "" : cell.text, cells: 1, cut, cutCount };
  }
  const pieces: string[] = [];
  let characters = 0;
  for (const piece of writeRows(cells, columns, block, options, noteCut)) {
    characters += piece.length;
    if (characters > MAX_CHARACTERS) return { kind: "too_many", cells: count };
    pieces.push(piece);
  }
  return { kind: "copied", text: pieces.join("").replace(/\n$/, ""), cells: count, cut, cutCount };
}

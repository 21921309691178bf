import { item } from "~/run/item";
import type { RowStore } from "~/run/rowStore";

/** Cells by their places; the order is that in which they are copied. */
export interface CellBlock {
  readonly rows: readonly (readonly [first: number, end: number])[];
  readonly columns: readonly number[];
}

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
const NEEDS_QUOTES = /[\t\r\n"]/;

export function countCells(block: CellBlock): number {
  return block.columns.length * block.rows.reduce((count, [first, end]) => count + end - first, 0);
}

/** Tab-separated values as spreadsheets take them; a single value as it is. NULL becomes nothing. */
export function copyText(rows: RowStore, block: CellBlock, names: readonly string[]): Copied {
  const cells = countCells(block);
  if (cells > MAX_CELLS) return { kind: "too_many", cells };
  const lines: string[] = [];
  const cut: string[] = [];
  let cutCount = 0;
  let characters = 0;
  for (const [first, end] of block.rows) {
    for (let row = first; row < end; row += 1) {
      const values = block.columns.map((column) => {
        const cell = rows.cell(row, column);
        if (cell.kind === "null") return "";
        if (cell.kind === "cut") {
          cutCount += 1;
          if (cut.length < NAMED_CUTS) cut.push(`${item(names, column)}, row ${row + 1}`);
        }
        return cells > 1 && NEEDS_QUOTES.test(cell.text) ? `"${cell.text.replaceAll('"', '""')}"` : cell.text;
      });
      const line = values.join("\t");
      characters += line.length + 1;
      if (characters > MAX_CHARACTERS) return { kind: "too_many", cells };
      lines.push(line);
    }
  }
  return { kind: "copied", text: lines.join("\n"), cells, cut, cutCount };
}

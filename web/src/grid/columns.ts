import { cellShape } from "./cellShape";
import type { CellSource } from "./cells";
import type { ColumnKind } from "./columnKind";
import { headerWidth } from "./drawHeader";
import type { Palette } from "./palette";
import { isAscii } from "./textFit";
import type { ValueKind } from "./valueKind";
import type { WrittenColumn } from "./writeRows";

/** A column as the grid shows it. */
export interface GridColumnView extends WrittenColumn {
  /** The type in words; empty while it is not known. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** How its values are put in order, and what can be told of several. */
  readonly valueKind: ValueKind;
  /** Part of its table's primary key. */
  readonly isKey: boolean;
  /** It refers to another table. */
  readonly isReference?: boolean;
  /** Why its values cannot be changed, where others of their row can be. */
  readonly lock?: string | null;
}

const MIN_WIDTH = 56;
const MAX_WIDTH = 420;
/** Asked for by hand, a column may be as wide as this. */
const MAX_FITTED_WIDTH = 2000;
/** Later numbers tend to be longer than the first ones, and one that is cut misleads. */
const NUMBER_CHARACTERS = 10;
const PADDING = 8;
/** So many first rows say how wide a column is. */
export const SAMPLE_ROWS = 50;

let measuring: CanvasRenderingContext2D | null = null;

/** Widths that show the headers and the first rows whole, within reason. */
export function naturalWidths(
  columns: readonly GridColumnView[],
  rows: CellSource,
  sample: number,
  palette: Palette,
): readonly number[] {
  return columns.map((column, index) => {
    const width = widthOf(column, index, rows, 0, sample, palette);
    return Math.min(Math.max(width, MIN_WIDTH), MAX_WIDTH);
  });
}

/** The width that shows the header and the values of the rows from `first` to `end` whole. */
export function fittedWidth(
  column: GridColumnView,
  index: number,
  rows: CellSource,
  [first, end]: readonly [number, number],
  palette: Palette,
): number {
  const width = widthOf(column, index, rows, first, end, palette);
  return Math.min(Math.max(width, MIN_WIDTH), MAX_FITTED_WIDTH);
}

function widthOf(
  column: GridColumnView,
  index: number,
  rows: CellSource,
  first: number,
  end: number,
  palette: Palette,
): number {
  const context = (measuring ??= document.createElement("canvas").getContext("2d"));
  if (!context) return MIN_WIDTH * 2;
  let width = headerWidth(context, column, palette);
  context.font = `12px ${palette.fontMono}`;
  const charWidth = context.measureText("0").width;
  if (column.kind === "number") {
    width = Math.max(width, Math.ceil(NUMBER_CHARACTERS * charWidth) + 2 * PADDING);
  }
  for (let row = first; row < end; row += 1) {
    const shape = cellShape(rows, row, index, column.kind);
    if (shape.kind !== "value") continue;
    const text = isAscii(shape.text) ? shape.text.length * charWidth : context.measureText(shape.text).width;
    width = Math.max(width, Math.ceil(text) + 2 * PADDING + 2);
  }
  return width;
}

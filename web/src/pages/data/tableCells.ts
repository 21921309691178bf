import type { CSSProperties } from "react";

import type { CellValue, CellValues, StagedChange } from "~/app/dataTab";
import type { CellPlace, Rectangle } from "~/grid/ResultGrid";
import type { Then } from "./CellEditor";
import type { Display } from "./display";
import { keyColumns } from "./rowsSql";

const EDITOR_WIDTH = 290;
/** As wide as an editor with all its buttons may become. */
const WIDEST_EDITOR = 400;
const NOTE_WIDTH = 440;

/** Where the editor goes once a cell is done. */
export function moved(
  { row, column }: CellPlace,
  then: Then,
  rowCount: number,
  columnCount: number,
): CellPlace {
  switch (then) {
    case "stay":
      return { row, column };
    case "down":
      return { row: Math.min(row + 1, rowCount - 1), column };
    case "right":
      return { row, column: Math.min(column + 1, columnCount - 1) };
    case "left":
      return { row, column: Math.max(column - 1, 0) };
  }
}

/** An editor over a cell, within the frame of the grid. */
export function placeOf(cell: Rectangle, frame: DOMRect): { readonly place: CSSProperties } {
  const top = cell.y - frame.top;
  const above = top > frame.height / 2;
  const width = Math.max(cell.width, EDITOR_WIDTH);
  const left = Math.max(0, cell.x - frame.left);
  const fits = left + Math.max(width, WIDEST_EDITOR) <= frame.width;
  const across = fits ? { left } : { right: Math.max(0, frame.width - left - cell.width) };
  const place = above ? { bottom: frame.height - top - cell.height } : { top };
  return {
    place: {
      ...place,
      ...across,
      minWidth: width,
      maxHeight: above ? top + cell.height : frame.height - top,
    },
  };
}

export type CellPosition = Pick<CSSProperties, "top" | "bottom" | "left" | "right">;

/** A note under a cell, or above it where there is no room. */
export function besideCell(cell: Rectangle, frame: DOMRect): CellPosition {
  const top = cell.y - frame.top;
  const left = Math.max(0, cell.x - frame.left);
  const fits = left + NOTE_WIDTH <= frame.width;
  const across = fits ? { left } : { right: Math.max(0, frame.width - left - cell.width) };
  const below = top <= frame.height * 0.7;
  return { ...across, ...(below ? { top: top + cell.height + 2 } : { bottom: frame.height - top + 2 }) };
}

export function valueAt(display: Display, { row, column }: CellPlace): CellValue {
  const staged = display.stagedValue(row, column);
  if (staged) return staged;
  const cell = display.readCell(row, column);
  return cell.kind === "null" ? { kind: "null" } : { kind: "text", text: cell.text };
}

/** A row's values for a new one; what PostgreSQL gives by itself is left to it. */
export function copyOfRow(display: Display, row: number): CellValues {
  const values: Record<string, CellValue> = {};
  const key = keyColumns(display.shape);
  for (const { name, identity, generated, may_insert, default: expression } of display.readable) {
    const given = identity != null || generated != null;
    if (given || !may_insert || (key.includes(name) && expression != null)) continue;
    const cell = display.valueOf(row, name);
    if (cell === null || cell.kind === "cut") continue;
    if (cell.kind === "text") values[name] = { kind: "text", text: cell.text };
    else if (display.row(row).kind === "read") values[name] = { kind: "null" };
    else {
      const { change } = display.row(row);
      const staged = change?.type === "insert" ? change.values[name] : undefined;
      if (staged?.kind === "null") values[name] = staged;
    }
  }
  return values;
}

export function firstToFill(display: Display): number {
  const at = display.columns.findIndex(
    ({ identity, generated, default: expression }) =>
      identity == null && generated == null && expression == null,
  );
  return Math.max(at, 0);
}

export function firstChanged(
  change: Extract<StagedChange, { values: CellValues }>,
  display: Display,
): number {
  const names = Object.keys(change.values);
  return Math.max(
    0,
    display.columns.findIndex(({ name }) => names.includes(name)),
  );
}

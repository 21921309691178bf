import type { Cell } from "~/run/rowStore";
import type { CellSource } from "./cells";
import type { ColumnKind } from "./columnKind";
import { withInvisible } from "./invisible";
import { isAscii } from "./textFit";

/** What is drawn in a cell. */
export type CellShape =
  | { readonly kind: "null" }
  | { readonly kind: "empty" }
  /** Words in place of a value, such as of a default that PostgreSQL will give. */
  | { readonly kind: "hint"; readonly text: string }
  | {
      readonly kind: "value";
      readonly text: string;
      readonly look: ColumnKind | "link";
      /** Blanks at the ends, which are drawn as dots. */
      readonly leading: number;
      readonly trailing: number;
      /** The server sent only the beginning. */
      readonly cut: boolean;
    };

/** More characters than fit in the widest column are never looked at. */
const SHOWN_BYTES = 1024;
const LINE_BREAKS = /\r\n|\r|\n/g;
const CONTROLS = /\p{Cc}/gu;
const CONTROL_PICTURES = 0x2400;
const LINK = /^https?:\/\/\S+$/;

export function cellShape(rows: CellSource, row: number, column: number, kind: ColumnKind): CellShape {
  const hint = rows.hint?.(row, column);
  if (hint !== undefined && hint !== null) return { kind: "hint", text: hint };
  return shapeOf(rows.cell(row, column, SHOWN_BYTES), kind);
}

export function shapeOf(cell: Cell, kind: ColumnKind): CellShape {
  if (cell.kind === "null") return { kind: "null" };
  if (cell.text === "" && cell.kind === "text") return { kind: "empty" };
  const text = oneLine(cell.text);
  return {
    kind: "value",
    text,
    look: kind === "text" && LINK.test(text) ? "link" : kind,
    leading: text.length - text.trimStart().length,
    trailing: text.trim() === "" ? 0 : text.length - text.trimEnd().length,
    cut: cell.kind === "cut",
  };
}

/** What a screen reader is told. */
export function spokenShape(shape: CellShape): string {
  switch (shape.kind) {
    case "null":
      return "NULL";
    case "empty":
      return "empty text";
    case "hint":
      return shape.text;
    case "value":
      return shape.cut ? `${shape.text} (cut)` : shape.text;
  }
}

function oneLine(text: string): string {
  if (isAscii(text)) return text;
  return withInvisible(text.replace(LINE_BREAKS, "↵").replace(CONTROLS, controlPicture));
}

function controlPicture(control: string): string {
  const code = control.charCodeAt(0);
  // Its control picture is in few fonts.
  if (control === "\t") return "⇥";
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  return code === 0x7f ? "␡" : "�";
}

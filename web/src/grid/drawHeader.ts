import { getMiddleCenterBias, type DrawHeaderCallback } from "@glideapps/glide-data-grid";

import type { GridColumnView } from "./columns";
import type { Palette } from "./palette";

const PADDING = 8;
const GAP = 5;
const KEY_SIZE = 12;
const KEY_WIDTH = KEY_SIZE + 3;
/** Lucide's `key-round`, which is drawn on 24 by 24. */
const KEY =
  "M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h1a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l.814-.814a6.5 6.5 0 1 0-4-4z";
/** Lucide's `link-2`. */
const LINK = "M9 17H7A5 5 0 0 1 7 7h2M15 7h2a5 5 0 1 1 0 10h-2M8 12h8";
/** Lucide's `lock`. */
const LOCK =
  "M5 11h14a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM7 11V7a5 5 0 0 1 10 0v4";

/** What stands before a column's name. */
function iconsOf({ isKey, isReference, lock }: GridColumnView): readonly string[] {
  const place = isKey ? [KEY] : isReference ? [LINK] : [];
  return lock == null ? place : [...place, LOCK];
}

export function headerFonts(palette: Palette): { name: string; type: string } {
  return { name: `500 12px ${palette.fontUi}`, type: `11px ${palette.fontUi}` };
}

/** How a column sorts the rows. */
export type SortMark = "ascending" | "descending" | null;

const MARK_WIDTH = 14;
const MENU_WIDTH = 20;

/** The width a header needs. */
export function headerWidth(
  context: CanvasRenderingContext2D,
  column: GridColumnView,
  palette: Palette,
): number {
  const fonts = headerFonts(palette);
  context.font = fonts.name;
  const name = context.measureText(column.name).width;
  context.font = fonts.type;
  const key = iconsOf(column).length * KEY_WIDTH;
  return (
    Math.ceil(key + name + (column.type === "" ? 0 : GAP + context.measureText(column.type).width)) +
    2 * PADDING +
    2
  );
}

/**
 * Draws a header in two parts: the name, and the type in a fainter and smaller hand. A column that sorts has an arrow, and
 * the one under the pointer an arrow for its menu.
 */
export function headerPainter(
  columns: readonly GridColumnView[],
  marks: readonly SortMark[],
  palette: Palette,
): DrawHeaderCallback {
  const fonts = headerFonts(palette);
  return ({ ctx, rect, columnIndex, isSelected, isHovered }) => {
    if (isSelected) {
      ctx.fillStyle = palette.selection;
      ctx.fillRect(rect.x + 1, rect.y, rect.width - 1, rect.height);
    }
    const column = columns[columnIndex];
    if (!column) return; // the gutter
    const mark = marks[columnIndex] ?? null;
    const icons = iconsOf(column);
    const key = icons.length * KEY_WIDTH;
    const width = rect.width - 2 * PADDING - key - (mark ? MARK_WIDTH : 0);
    const middle = rect.y + rect.height / 2;
    ctx.textAlign = "left";
    ctx.font = fonts.name;
    const name = ellipsis(ctx, column.name, width);
    const nameWidth = ctx.measureText(name).width;
    ctx.font = fonts.type;
    const type = column.type === "" ? "" : ellipsis(ctx, column.type, width - nameWidth - GAP);
    const whole = nameWidth + (type === "" ? 0 : GAP + ctx.measureText(type).width);
    const x = rect.x + PADDING + key + (column.kind === "number" ? Math.max(0, width - whole) : 0);
    icons.forEach((icon, at) => drawIcon(ctx, icon, x - key + at * KEY_WIDTH, middle, palette.faint));
    ctx.fillStyle = palette.type;
    ctx.fillText(type, x + nameWidth + GAP, middle + getMiddleCenterBias(ctx, fonts.name));
    ctx.font = fonts.name;
    ctx.fillStyle = column.lock == null ? palette.text : palette.faint;
    ctx.fillText(name, x, middle + getMiddleCenterBias(ctx, fonts.name));
    const end = rect.x + rect.width;
    if (mark) drawArrow(ctx, end - PADDING - 5, middle, mark === "descending", palette.accent);
    if (!isHovered) return;
    ctx.fillStyle = isSelected ? palette.selection : palette.hover;
    ctx.fillRect(end - MENU_WIDTH, rect.y + 1, MENU_WIDTH - 1, rect.height - 2);
    drawChevron(ctx, end - MENU_WIDTH / 2 - 1, middle, palette.faint);
  };
}

function drawArrow(
  context: CanvasRenderingContext2D,
  x: number,
  middle: number,
  down: boolean,
  color: string,
): void {
  const tip = down ? 1 : -1;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, middle - 4 * tip);
  context.lineTo(x, middle + 4 * tip);
  context.moveTo(x - 3, middle + tip);
  context.lineTo(x, middle + 4 * tip);
  context.lineTo(x + 3, middle + tip);
  context.stroke();
  context.lineWidth = 1;
}

function drawChevron(context: CanvasRenderingContext2D, x: number, middle: number, color: string): void {
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x - 4, middle - 2);
  context.lineTo(x, middle + 2);
  context.lineTo(x + 4, middle - 2);
  context.stroke();
  context.lineWidth = 1;
}

function drawIcon(
  context: CanvasRenderingContext2D,
  icon: string,
  x: number,
  middle: number,
  color: string,
): void {
  context.save();
  context.translate(x, middle - KEY_SIZE / 2);
  context.scale(KEY_SIZE / 24, KEY_SIZE / 24);
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.stroke(new Path2D(icon));
  context.restore();
}

function ellipsis(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return length === 0 ? "" : `${text.slice(0, length)}…`;
}

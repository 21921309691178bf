import { getMiddleCenterBias, type DrawHeaderCallback } from "@glideapps/glide-data-grid";

import type { GridColumnView } from "./columns";
import type { Palette } from "./palette";

const PADDING = 8;
const GAP = 5;
const KEY_SIZE = 12;
const KEY_WIDTH = KEY_SIZE + 3;
/** Lucide's `key-round`, which is drawn on 24 by 24. */
const KEY_PATH =
  "M2.586 17.414A2 2 0 0 0 2 18.828V21a1 1 0 0 0 1 1h3a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h1a1 1 0 0 0 1-1v-1a1 1 0 0 1 1-1h.172a2 2 0 0 0 1.414-.586l.814-.814a6.5 6.5 0 1 0-4-4z";

export function headerFonts(palette: Palette): { name: string; type: string } {
  return { name: `500 12px ${palette.fontUi}`, type: `11px ${palette.fontUi}` };
}

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
  const key = column.isKey ? KEY_WIDTH : 0;
  return (
    Math.ceil(key + name + (column.type === "" ? 0 : GAP + context.measureText(column.type).width)) +
    2 * PADDING +
    2
  );
}

/** Draws a header in two parts: the name, and the type in a fainter and smaller hand. */
export function headerPainter(columns: readonly GridColumnView[], palette: Palette): DrawHeaderCallback {
  const fonts = headerFonts(palette);
  return ({ ctx, rect, columnIndex, isSelected }) => {
    if (isSelected) {
      ctx.fillStyle = palette.selection;
      ctx.fillRect(rect.x + 1, rect.y, rect.width - 1, rect.height);
    }
    const column = columns[columnIndex];
    if (!column) return; // the gutter
    const key = column.isKey ? KEY_WIDTH : 0;
    const width = rect.width - 2 * PADDING - key;
    const middle = rect.y + rect.height / 2;
    ctx.textAlign = "left";
    ctx.font = fonts.name;
    const name = ellipsis(ctx, column.name, width);
    const nameWidth = ctx.measureText(name).width;
    ctx.font = fonts.type;
    const type = column.type === "" ? "" : ellipsis(ctx, column.type, width - nameWidth - GAP);
    const whole = nameWidth + (type === "" ? 0 : GAP + ctx.measureText(type).width);
    const x = rect.x + PADDING + key + (column.kind === "number" ? Math.max(0, width - whole) : 0);
    if (column.isKey) drawKey(ctx, x - KEY_WIDTH, middle, palette.faint);
    ctx.fillStyle = palette.type;
    ctx.fillText(type, x + nameWidth + GAP, middle + getMiddleCenterBias(ctx, fonts.name));
    ctx.font = fonts.name;
    ctx.fillStyle = palette.text;
    ctx.fillText(name, x, middle + getMiddleCenterBias(ctx, fonts.name));
  };
}

function drawKey(context: CanvasRenderingContext2D, x: number, middle: number, color: string): void {
  context.save();
  context.translate(x, middle - KEY_SIZE / 2);
  context.scale(KEY_SIZE / 24, KEY_SIZE / 24);
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.stroke(new Path2D(KEY_PATH));
  context.restore();
}

function ellipsis(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return length === 0 ? "" : `${text.slice(0, length)}…`;
}

import { getMiddleCenterBias, type DrawHeaderCallback } from "@glideapps/glide-data-grid";

import type { GridColumnView } from "./columns";
import type { Palette } from "./palette";

const PADDING = 8;
const GAP = 5;

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
  return (
    Math.ceil(name + (column.type === "" ? 0 : GAP + context.measureText(column.type).width)) +
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
    const width = rect.width - 2 * PADDING;
    const middle = rect.y + rect.height / 2;
    ctx.textAlign = "left";
    ctx.font = fonts.name;
    const name = ellipsis(ctx, column.name, width);
    const nameWidth = ctx.measureText(name).width;
    ctx.font = fonts.type;
    const type = column.type === "" ? "" : ellipsis(ctx, column.type, width - nameWidth - GAP);
    const whole = nameWidth + (type === "" ? 0 : GAP + ctx.measureText(type).width);
    const x = rect.x + PADDING + (column.kind === "number" ? Math.max(0, width - whole) : 0);
    ctx.fillStyle = palette.type;
    ctx.fillText(type, x + nameWidth + GAP, middle + getMiddleCenterBias(ctx, fonts.name));
    ctx.font = fonts.name;
    ctx.fillStyle = palette.text;
    ctx.fillText(name, x, middle + getMiddleCenterBias(ctx, fonts.name));
  };
}

function ellipsis(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return length === 0 ? "" : `${text.slice(0, length)}…`;
}

import {
  getMiddleCenterBias,
  GridCellKind,
  type CustomCell,
  type CustomRenderer,
  type Rectangle,
} from "@glideapps/glide-data-grid";

import type { CellShape } from "./cellShape";
import type { Palette } from "./palette";
import { fitText, monospaceWidth } from "./textFit";

/** A cell of a result, as the grid library hands it to `cellRenderer`. */
export interface ResultCellData {
  readonly shape: CellShape;
  readonly palette: Palette;
  readonly isCurrent: boolean;
  /** It leads to another row. */
  readonly isLink?: boolean;
  /** It cannot be changed, and others of its row can be. */
  readonly isLocked?: boolean;
  /** Its row is to go. */
  readonly isStruck?: boolean;
  /** The colour of a bar at its left. */
  readonly bar?: string;
}
export type ResultCell = CustomCell<ResultCellData>;

const PADDING = 8;
const CHIP_PADDING = 4;
const CHIP_HEIGHT = 16;
const CHIP_FONT_SIZE = 10;

/** Draws a value so that NULL, the empty text, blanks at the ends, numbers, JSON and links can be told apart. */
export const cellRenderer: CustomRenderer<ResultCell> = {
  kind: GridCellKind.Custom,
  isMatch: (cell): cell is ResultCell => "data" in cell, // the grid has no other
  draw: ({ ctx, theme, rect, cell }) => {
    const { shape, palette, isCurrent, isLink, isLocked, isStruck, bar } = cell.data;
    if (bar !== undefined) {
      ctx.fillStyle = bar;
      ctx.fillRect(rect.x + 1, rect.y, 2, rect.height);
    }
    if (isCurrent) drawRing(ctx, rect, palette);
    const middle = rect.y + rect.height / 2;
    const width = rect.width - 2 * PADDING;
    if (width <= 0) return;
    ctx.textRendering = "optimizeSpeed"; // no ligatures and no kerning in data
    switch (shape.kind) {
      case "null":
        ctx.font = `italic ${theme.baseFontFull}`;
        ctx.fillStyle = palette.nothing;
        ctx.fillText("NULL", rect.x + PADDING, middle + getMiddleCenterBias(ctx, theme.baseFontFull));
        ctx.font = theme.baseFontFull;
        return;
      case "empty":
        drawChip(ctx, "empty", rect.x + PADDING, middle, palette);
        ctx.font = theme.baseFontFull;
        return;
      case "hint":
        drawHint(ctx, shape.text, rect, palette);
        ctx.font = theme.baseFontFull;
        return;
      case "value":
        ctx.fillStyle = isLink ? palette.link : isLocked ? palette.faint : colorOf(shape, palette);
        drawValue(ctx, shape, rect.x + PADDING, middle, width, theme.baseFontFull, palette);
        if (isStruck) strike(ctx, shape, rect, middle, palette);
    }
  },
};

const HINT_FONT_SIZE = 11;
const MOST_HINT = 80;

function drawHint(context: CanvasRenderingContext2D, text: string, rect: Rectangle, palette: Palette): void {
  const font = `${HINT_FONT_SIZE}px ${palette.fontUi}`;
  context.font = font;
  context.fillStyle = palette.nothing;
  const y = rect.y + rect.height / 2 + getMiddleCenterBias(context, font);
  let shown = text.slice(0, MOST_HINT);
  while (shown.length > 1 && context.measureText(shown).width > rect.width - 2 * PADDING) {
    shown = `${shown.slice(0, -2)}…`;
  }
  context.fillText(shown, rect.x + PADDING, y);
}

function strike(
  context: CanvasRenderingContext2D,
  { text, look }: Extract<CellShape, { kind: "value" }>,
  rect: Rectangle,
  middle: number,
  palette: Palette,
): void {
  const width = Math.min(context.measureText(text).width, rect.width - 2 * PADDING);
  const x = look === "number" ? rect.x + rect.width - PADDING - width : rect.x + PADDING;
  context.fillStyle = palette.text;
  context.fillRect(x, Math.round(middle), width, 1);
}

/** Inside the cell's lines, which are drawn afterwards. */
function drawRing(context: CanvasRenderingContext2D, rect: Rectangle, palette: Palette): void {
  context.strokeStyle = palette.selectionLine;
  context.lineWidth = 2;
  context.strokeRect(rect.x + 2, rect.y + 2, rect.width - 3, rect.height - 3);
  context.lineWidth = 1;
}

/** In the colour that is set; blanks at the ends are faint. */
function drawValue(
  context: CanvasRenderingContext2D,
  shape: Extract<CellShape, { kind: "value" }>,
  x: number,
  middle: number,
  width: number,
  font: string,
  palette: Palette,
): void {
  const charWidth = monospaceWidth(context, font);
  const y = middle + getMiddleCenterBias(context, font);
  const shown = fitText(context, shape.text, width, charWidth);
  if (shape.look === "number") {
    context.textAlign = "right";
    context.fillText(shown, x + width, y);
    context.textAlign = "left";
    return;
  }
  context.fillText(shown, x, y);
  if (shape.leading === 0 && shape.trailing === 0) return;
  context.fillStyle = palette.nothing;
  const trailingFrom = shape.text.length - shape.trailing;
  for (let at = 0; at < shown.length; at += 1) {
    if (at >= shape.leading && at < trailingFrom) continue;
    const before = at < shape.leading ? at * charWidth : context.measureText(shown.slice(0, at)).width;
    context.fillText("·", x + before, y);
  }
}

function colorOf({ look }: Extract<CellShape, { kind: "value" }>, palette: Palette): string {
  switch (look) {
    case "json":
      return palette.json;
    case "link":
      return palette.link;
    case "number":
    case "text":
      return palette.text;
  }
}

function drawChip(
  context: CanvasRenderingContext2D,
  label: string,
  x: number,
  middle: number,
  palette: Palette,
): void {
  const font = `${CHIP_FONT_SIZE}px ${palette.fontUi}`;
  context.font = font;
  const width = Math.ceil(context.measureText(label).width) + 2 * CHIP_PADDING;
  context.strokeStyle = palette.strongLine;
  context.lineWidth = 1;
  context.setLineDash([3, 2]);
  context.beginPath();
  context.roundRect(x + 0.5, Math.round(middle - CHIP_HEIGHT / 2) + 0.5, width, CHIP_HEIGHT - 1, 3);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = palette.nothing;
  context.fillText(label, x + CHIP_PADDING, middle + getMiddleCenterBias(context, font));
}

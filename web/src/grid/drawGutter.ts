import { getMiddleCenterBias, markerCellRenderer, type DataEditorCore } from "@glideapps/glide-data-grid";
import type { ComponentProps } from "react";

type Renderer = NonNullable<ComponentProps<typeof DataEditorCore>["renderers"]>[number];

const PADDING = 8;

/** What stands in front of a row in place of its number, and the colours that say what becomes of it. */
export interface RowMark {
  readonly text: string;
  readonly color: string | null;
}

/** Draws row numbers to the right, in place of the library's centred ones and their checkboxes. */
export function gutterRenderer(accent: string, markOf?: (row: number) => RowMark | null): Renderer {
  const renderer: typeof markerCellRenderer = {
    ...markerCellRenderer,
    drawPrep: ({ ctx, theme }, last) => {
      if (last?.font !== theme.markerFontFull) ctx.font = theme.markerFontFull;
      return { font: theme.markerFontFull, deprep: undefined };
    },
    draw: ({ ctx, rect, theme, cell }) => {
      const mark = markOf?.(cell.row - 1);
      if (mark?.color) {
        ctx.fillStyle = mark.color;
        ctx.fillRect(rect.x, rect.y, 2, rect.height);
      }
      ctx.fillStyle = cell.checked ? accent : (mark?.color ?? theme.textLight);
      ctx.textAlign = "right";
      const y = rect.y + rect.height / 2 + getMiddleCenterBias(ctx, theme.markerFontFull);
      ctx.fillText(mark?.text ?? String(cell.row), rect.x + rect.width - PADDING, y);
      ctx.textAlign = "left";
    },
  };
  return renderer as Renderer; // it is given the cells of its kind only
}

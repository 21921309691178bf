import { getMiddleCenterBias, markerCellRenderer, type DataEditorCore } from "@glideapps/glide-data-grid";
import type { ComponentProps } from "react";

type Renderer = NonNullable<ComponentProps<typeof DataEditorCore>["renderers"]>[number];

const PADDING = 8;

/** Draws row numbers to the right, in place of the library's centred ones and their checkboxes. */
export function gutterRenderer(accent: string): Renderer {
  const renderer: typeof markerCellRenderer = {
    ...markerCellRenderer,
    drawPrep: ({ ctx, theme }, last) => {
      if (last?.font !== theme.markerFontFull) ctx.font = theme.markerFontFull;
      return { font: theme.markerFontFull, deprep: undefined };
    },
    draw: ({ ctx, rect, theme, cell }) => {
      ctx.fillStyle = cell.checked ? accent : theme.textLight;
      ctx.textAlign = "right";
      const y = rect.y + rect.height / 2 + getMiddleCenterBias(ctx, theme.markerFontFull);
      ctx.fillText(String(cell.row), rect.x + rect.width - PADDING, y);
      ctx.textAlign = "left";
    },
  };
  return renderer as Renderer; // it is given the cells of its kind only
}

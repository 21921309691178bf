import { GridCellKind } from "@glideapps/glide-data-grid";

import { spokenShape, type CellShape } from "./cellShape";
import type { ResultCell, ResultCellData } from "./drawCell";
import type { Palette } from "./palette";
import { groundOf, markColor, type Tone } from "./tone";

/** A cell as the grid library wants it, which draws it by `cellRenderer`. */
export function resultCell(
  shape: CellShape,
  palette: Palette,
  isCurrent: boolean,
  tone: Tone | null,
  look: Pick<ResultCellData, "isLink" | "isLocked">,
): ResultCell {
  const bar = tone === "edited" || tone === "conflict" ? markColor(tone, palette) : null;
  return {
    kind: GridCellKind.Custom,
    allowOverlay: false,
    readonly: true,
    copyData: tone === null || tone === "found" ? spokenShape(shape) : `${tone}: ${spokenShape(shape)}`,
    data: {
      shape,
      palette,
      isCurrent,
      ...look,
      isStruck: tone === "deleted",
      ...(bar !== null && { bar }),
    },
    ...((tone !== null || look.isLocked) && {
      themeOverride: { bgCell: tone === null ? palette.locked : groundOf(tone, palette) },
    }),
  };
}

import type { RowMark } from "./drawGutter";
import type { Palette } from "./palette";

/** Why a cell stands out. */
export type Tone =
  "found" | "changed" | "added" | "removed" | "edited" | "inserted" | "deleted" | "conflict" | "unmatched";

/** What stands in front of a row in place of its number. */
export interface RowSign {
  readonly text: string;
  readonly tone: Tone | null;
}

/** A row's sign, as the gutter draws it. */
export function markOf(
  signOf: ((row: number) => RowSign | null) | undefined,
  palette: Palette,
): (row: number) => RowMark | null {
  return (row) => {
    const sign = signOf?.(row);
    return sign ? { text: sign.text, color: sign.tone && markColor(sign.tone, palette) } : null;
  };
}

/** Behind the cell. */
export function groundOf(tone: Tone, palette: Palette): string {
  switch (tone) {
    case "found":
    case "changed":
    case "edited":
      return palette.changed;
    case "added":
    case "inserted":
      return palette.inserted;
    case "removed":
    case "deleted":
      return palette.deleted;
    case "conflict":
      return palette.conflict;
    case "unmatched":
      return palette.locked;
  }
}

/** Of the bar at its left, and of its row's sign. */
export function markColor(tone: Tone, palette: Palette): string | null {
  switch (tone) {
    case "found":
      return null;
    case "changed":
    case "edited":
      return palette.changedMark;
    case "added":
    case "inserted":
      return palette.insertedMark;
    case "removed":
    case "deleted":
      return palette.deletedMark;
    case "conflict":
      return palette.conflictMark;
    case "unmatched":
      return palette.faint;
  }
}

import type { Theme } from "@glideapps/glide-data-grid";
import { useSyncExternalStore } from "react";

/** The tokens that the canvas is painted with. */
export interface Palette {
  readonly background: string;
  readonly head: string;
  readonly gutter: string;
  readonly line: string;
  readonly headLine: string;
  readonly strongLine: string;
  readonly text: string;
  readonly faint: string;
  readonly nothing: string;
  readonly type: string;
  readonly json: string;
  readonly link: string;
  /** The ground of cells that cannot be changed beside others that can be. */
  readonly locked: string;
  readonly hover: string;
  readonly selection: string;
  readonly selectionLine: string;
  readonly changed: string;
  readonly inserted: string;
  readonly deleted: string;
  readonly conflict: string;
  /** Marks beside changed, new, deleted and conflicting rows. */
  readonly changedMark: string;
  readonly insertedMark: string;
  readonly deletedMark: string;
  readonly conflictMark: string;
  readonly accent: string;
  readonly fontUi: string;
  readonly fontMono: string;
}

let current: Palette | null = null;

/** The palette of the theme in force; components are drawn anew when it changes. */
export function usePalette(): Palette {
  return useSyncExternalStore(watchTheme, palette);
}

function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(() => {
    current = null;
    changed();
  });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  return () => observer.disconnect();
}

function palette(): Palette {
  return (current ??= readPalette());
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    background: token("grid-bg"),
    head: token("grid-head"),
    gutter: token("grid-gutter"),
    line: token("grid-line"),
    headLine: token("line"),
    strongLine: token("line-strong"),
    text: token("fg"),
    faint: token("fg-3"),
    nothing: token("grid-null"),
    type: token("grid-type"),
    json: token("grid-json"),
    link: token("grid-link"),
    locked: token("bg-sunken"),
    hover: token("grid-hover"),
    selection: token("grid-sel"),
    selectionLine: token("grid-sel-line"),
    changed: token("grid-changed"),
    inserted: token("grid-inserted"),
    deleted: token("grid-deleted"),
    conflict: token("grid-conflict"),
    changedMark: token("warning"),
    insertedMark: token("success"),
    deletedMark: token("danger"),
    conflictMark: token("production"),
    accent: token("accent"),
    fontUi: token("font-ui"),
    fontMono: token("font-mono"),
  };
}

/** The palette in the words of the grid library. */
export function libraryTheme(palette: Palette): Partial<Theme> {
  return {
    accentColor: palette.selectionLine,
    accentLight: palette.selection,
    accentFg: palette.background,
    textDark: palette.text,
    textMedium: palette.faint,
    textLight: palette.faint,
    textHeader: palette.text,
    textHeaderSelected: palette.text,
    bgCell: palette.background,
    bgCellMedium: palette.background,
    bgHeader: palette.head,
    bgHeaderHasFocus: palette.head,
    bgHeaderHovered: palette.hover,
    borderColor: palette.line,
    horizontalBorderColor: palette.line,
    headerBottomBorderColor: palette.strongLine,
    resizeIndicatorColor: palette.selectionLine,
    linkColor: palette.link,
    cellHorizontalPadding: 8,
    cellVerticalPadding: 0,
    fontFamily: palette.fontMono,
    baseFontStyle: "12px",
    headerFontStyle: "500 12px",
    markerFontStyle: "11px",
  };
}

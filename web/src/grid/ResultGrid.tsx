import "@glideapps/glide-data-grid/dist/index.css";

import {
  DataEditorCore,
  type GridColumn,
  type GridSelection,
  GridCellKind,
  type Item,
  type Rectangle,
} from "@glideapps/glide-data-grid";
import { useCallback, useMemo, useState, type ClipboardEvent } from "react";

import type { RowStore } from "~/run/rowStore";
import { cellShape, spokenShape, type CellShape } from "./cellShape";
import { naturalWidths, SAMPLE_ROWS, type GridColumnView } from "./columns";
import { copyText, type Copied } from "./copyText";
import { cellRenderer, type ResultCell } from "./drawCell";
import { gutterRenderer } from "./drawGutter";
import { headerPainter } from "./drawHeader";
import { recallGrid, rememberGrid } from "./gridMemory";
import { libraryTheme, usePalette, type Palette } from "./palette";
import styles from "./ResultGrid.module.css";
import { selectedBlock } from "./selection";
import { summarize, type SelectionSummary } from "./summary";

const ROW_HEIGHT = 24;
const HEADER_HEIGHT = 28;
const GUTTER = 44;
const WIDE_GUTTER = 64;
/** So many rows before the end count as the end. */
const NEAR_END = 20;

/** A cell that a person wants to look at closely. */
export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

interface ResultGridProps {
  readonly label: string;
  readonly columns: readonly GridColumnView[];
  readonly rows: RowStore;
  /** How many of `rows` to show: it grows while rows arrive. */
  readonly rowCount: number;
  readonly onSelect: (summary: SelectionSummary | null, current: CellPlace | null) => void;
  readonly onOpenCell: (place: CellPlace) => void;
  readonly onCopied: (copied: Copied) => void;
  /** The last rows have been scrolled into sight. */
  readonly onNearEnd: () => void;
}

/**
 * The rows of a result on a canvas. Rows are asked for as they come into sight, so a million of them cost as much as
 * forty. Give it a `key` per result.
 */
export function ResultGrid(props: ResultGridProps) {
  const { columns, rows, rowCount, onSelect, onOpenCell, onCopied, onNearEnd } = props;
  const palette = usePalette();
  const [before] = useState(() => recallGrid(rows));
  const [selection, setSelection] = useState(before.selection);
  const [resized, setResized] = useState(before.widths);

  const sample = rowCount >= SAMPLE_ROWS ? SAMPLE_ROWS : Math.min(rowCount, 1);
  const natural = useMemo(
    () => naturalWidths(columns, rows, Math.min(sample, rows.rowCount), palette),
    [columns, rows, sample, palette],
  );
  const libraryColumns = useMemo(
    () =>
      columns.map((column, index): GridColumn => ({
        id: String(index),
        title: spokenHeader(column),
        width: resized.get(index) ?? natural[index] ?? 0,
      })),
    [columns, natural, resized],
  );

  const current = selection.current?.cell;
  const cellContent = useCallback(
    ([column, row]: Item): ResultCell => {
      const kind = columns[column]?.kind ?? "text";
      const shape = row < rows.rowCount ? cellShape(rows, row, column, kind) : BLANK;
      return resultCell(shape, palette, current?.[0] === column && current[1] === row);
    },
    [columns, rows, palette, current],
  );

  const select = (next: GridSelection) => {
    rememberGrid(rows, { selection: next });
    setSelection(next);
    const block = selectedBlock(next, rowCount, columns.length);
    const isNumber = (column: number) => columns[column]?.kind === "number";
    const place = next.current ? { column: next.current.cell[0], row: next.current.cell[1] } : null;
    onSelect(block && summarize(rows, block, isNumber), place);
  };

  const resize = (_: GridColumn, width: number, index: number) => {
    const widths = new Map(resized).set(index, width);
    rememberGrid(rows, { widths });
    setResized(widths);
  };

  const visibleChanged = ({ x, y, height }: Rectangle, tx: number, ty: number) => {
    const widthOf = (index: number) => resized.get(index) ?? natural[index] ?? 0;
    const left = columns.slice(0, x).reduce((sum, _, index) => sum + widthOf(index), 0);
    rememberGrid(rows, { scrollX: left - tx, scrollY: y * ROW_HEIGHT - ty });
    if (y > 0 && y + height >= rowCount - NEAR_END) onNearEnd();
  };

  const copy = (event: ClipboardEvent) => {
    const block = selectedBlock(selection, rowCount, columns.length);
    if (!block) return;
    event.preventDefault();
    event.stopPropagation();
    const copied = copyText(
      rows,
      block,
      columns.map(({ name }) => name),
    );
    if (copied.kind === "copied") event.clipboardData.setData("text/plain", copied.text);
    onCopied(copied);
  };

  return (
    <div className={styles.grid} role="region" aria-label={props.label} onCopyCapture={copy}>
      <DataEditorCore
        width="100%"
        height="100%"
        columns={libraryColumns}
        rows={rowCount}
        rowHeight={ROW_HEIGHT}
        headerHeight={HEADER_HEIGHT}
        rowMarkers={{
          kind: "clickable-number",
          width: gutterWidth(rowCount),
          theme: { bgCell: palette.gutter },
        }}
        getCellContent={cellContent}
        renderers={useMemo(() => [gutterRenderer(palette.accent)], [palette])}
        customRenderers={CUSTOM_RENDERERS}
        drawHeader={useMemo(() => headerPainter(columns, palette), [columns, palette])}
        theme={useMemo(() => libraryTheme(palette), [palette])}
        gridSelection={selection}
        onGridSelectionChange={select}
        onCellActivated={([column, row]) => onOpenCell({ column, row })}
        onColumnResize={resize}
        minColumnWidth={32}
        maxColumnWidth={2000}
        onVisibleRegionChanged={visibleChanged}
        scrollOffsetX={before.scrollX}
        scrollOffsetY={before.scrollY}
        smoothScrollX
        smoothScrollY
        drawFocusRing={false}
        keybindings={KEYS}
        rangeSelect="rect"
        columnSelect="multi"
        rowSelect="multi"
        headerIcons={NO_ICONS}
        imageWindowLoader={NO_IMAGES}
      />
    </div>
  );
}

function spokenHeader({ name, type, isKey }: GridColumnView): string {
  return [name, type, isKey ? "primary key" : ""].filter((part) => part !== "").join(" ");
}

const BLANK: CellShape = { kind: "value", text: "", look: "text", leading: 0, trailing: 0, cut: false };
const CUSTOM_RENDERERS = [cellRenderer];
const NO_ICONS = {};
const NO_IMAGES = {
  setWindow: () => undefined,
  loadOrGetImage: () => undefined,
  setCallback: () => undefined,
};
/** Tab leaves the grid, as it leaves everything else. Nothing can be edited here. */
const KEYS = {
  goRightCell: "ArrowRight",
  goLeftCell: "ArrowLeft",
  copy: false,
  cut: false,
  paste: false,
  delete: false,
  search: false,
  downFill: false,
  rightFill: false,
};

function resultCell(shape: CellShape, palette: Palette, isCurrent: boolean): ResultCell {
  return {
    kind: GridCellKind.Custom,
    allowOverlay: false,
    readonly: true,
    copyData: spokenShape(shape),
    data: { shape, palette, isCurrent },
  };
}

/** One step, so that the columns move at most once while rows arrive. */
function gutterWidth(rowCount: number): number {
  return rowCount < 100_000 ? GUTTER : WIDE_GUTTER;
}

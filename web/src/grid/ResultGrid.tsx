import "@glideapps/glide-data-grid/dist/index.css";

import {
  CompactSelection,
  DataEditorCore,
  type DataEditorRef,
  type GridColumn,
  type GridMouseEventArgs,
  type GridSelection,
  type Item,
  type Rectangle,
} from "@glideapps/glide-data-grid";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type Ref,
  useCallback,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";

import { item } from "~/run/item";
import { classes } from "~/ui/classes";
import { matches } from "~/ui/keys";
import { MenuArea, type MenuEntry } from "~/ui/Menu";
import { moveColumn } from "./arrangement";
import { cellShape, type CellShape } from "./cellShape";
import { fittedWidth, naturalWidths, SAMPLE_ROWS, type GridColumnView } from "./columns";
import type { CellBlock } from "./copyText";
import { cellRenderer, type ResultCell } from "./drawCell";
import { CompositionSink } from "./CompositionSink";
import { GridHint, hoverOf, type Hover } from "./GridHint";
import { gutterRenderer } from "./drawGutter";
import { headerPainter, type SortMark } from "./drawHeader";
import { recallGrid, rememberGrid } from "./gridMemory";
import { libraryTheme, usePalette } from "./palette";
import { resultCell } from "./resultCell";
import styles from "./ResultGrid.module.css";
import { selectedBlock } from "./selection";
import { summarize, type SelectionSummary } from "./summary";
import { markOf, type RowSign, type Tone } from "./tone";
import type { ArrangedResult } from "./useArrangement";
import { useGridFocus } from "./useGridFocus";

const ROW_HEIGHT = 24;
const HEADER_HEIGHT = 28;
const GUTTER = 44;
const WIDE_GUTTER = 64;
/** So many rows before the end count as the end. */
const NEAR_END = 20;
/** Fewer than fill a tall screen: there is a place below them. */
const FEW_ROWS = 200;
/** Rows around those in sight whose values a column is made to fit. */
const FITTED_ROWS = 2_000;

/** A cell that a person wants to look at closely, where it is shown. */
export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

export type { Rectangle };

/** What can be done with a grid from outside. */
export interface GridHandle {
  focus(): void;
  /** Selects a cell and scrolls to it. */
  show(place: CellPlace): void;
  scrollToRow(row: number): void;
  /** The selected cells; null when nothing is selected. */
  block(): CellBlock | null;
  /** Makes columns as wide as what is in sight needs. */
  fit(columns: readonly number[]): void;
  /** Where a cell stands in the window; null when it is out of sight. */
  boundsOf(place: CellPlace): Rectangle | null;
  /** Draws everything anew, as after a change of cells. */
  redraw(): void;
}

interface ResultGridProps {
  readonly label: string;
  /** Where it is remembered how the grid was left. */
  readonly memory: object;
  readonly result: ArrangedResult;
  readonly onSelect: (summary: SelectionSummary | null, current: CellPlace | null) => void;
  readonly onOpenCell: (place: CellPlace) => void;
  /** The person wants the selected cells in the clipboard; what is returned goes there. */
  readonly onCopy: (block: CellBlock) => string | null;
  /** The last rows have been scrolled into sight. */
  readonly onNearEnd?: () => void;
  /** The first rows have been scrolled into sight. When more come before them, what is in sight stays where it is. */
  readonly onNearStart?: () => void;
  /** The first row in sight has changed. */
  readonly onScroll?: (row: number) => void;
  /** What is offered for a cell or, with the row null, for a column. */
  readonly menu: (column: number, row: number | null) => readonly MenuEntry[];
  readonly toneOf?: (row: number, column: number) => Tone | null;
  readonly signOf?: (row: number) => RowSign | null;
  /** Cells that cannot be changed, where others of their row can be: they are greyed. */
  readonly isLocked?: (row: number, column: number) => boolean;
  /** What a cell says while the pointer rests on it. */
  readonly hintOf?: (row: number, column: number) => string | null;
  /** Cells that lead to another row. */
  readonly isLink?: (row: number, column: number) => boolean;
  /** A head was pressed; without it the column is selected. */
  readonly onHead?: (column: number, adding: boolean) => void;
  /** How the rows are sorted, where that is not the arrangement's business. */
  readonly sortMarks?: readonly SortMark[];
  /** Text was pasted. */
  readonly onPaste?: (text: string) => void;
  /** A character was typed on the selected cell. */
  readonly onType?: (character: string) => void;
  /** Rows whose numbers are selected. */
  readonly onSelectRows?: (rows: readonly number[]) => void;
  /** Keys of the grid besides those of moving about. */
  readonly keys?: Readonly<Record<string, () => void>>;
  readonly ref?: Ref<GridHandle>;
}

/**
 * The rows of a result on a canvas. Rows are asked for as they come into sight, so a million of them cost as much as
 * forty. Give it a `key` per result.
 */
export function ResultGrid(props: ResultGridProps) {
  const { label, memory, result, onSelect, onOpenCell, onCopy, onNearEnd, onScroll, toneOf } = props;
  const {
    menu: menuAt,
    keys: ownKeys,
    signOf,
    isLink,
    isLocked,
    hintOf,
    onHead,
    sortMarks,
    onPaste,
    onType,
    onSelectRows,
    onNearStart,
    ref,
  } = props;
  const { arrangement, arrange, columns, cells, rowCount } = result;
  const palette = usePalette();
  const root = useRef<HTMLDivElement>(null);
  /** Whether the present press has made a column wider or narrower. */
  const resized = useRef(false);
  /** Whether a key has asked for the menu that a browser is about to open. */
  const menuByKey = useRef(false);
  /** The column whose border is under the pointer. */
  const border = useRef<number | null>(null);
  const editor = useRef<DataEditorRef>(null);
  const expectFocus = useGridFocus(root);
  const [before] = useState(() => recallGrid(memory));
  const [selection, setSelection] = useState(before.selection);
  const [hover, setHover] = useState<Hover | null>(null);
  const [menu, setMenu] = useState<readonly MenuEntry[]>([]);
  const inSight = useRef(0);

  // Columns only grow while the first rows come.
  const sample = Math.min(rowCount, SAMPLE_ROWS);
  const natural = useMemo(
    () => naturalWidths(columns, cells, Math.min(sample, cells.rowCount), palette),
    [columns, cells, sample, palette],
  );
  const widths = arrangement.columns.map(
    (column, place) => arrangement.widths.get(column) ?? natural[place] ?? 0,
  );
  const libraryColumns = columns.map((column, place): GridColumn => ({
    id: String(item(arrangement.columns, place)),
    title: spokenHeader(column),
    width: item(widths, place),
    hasMenu: true,
  }));
  const marks = useMemo(
    () =>
      arrangement.columns.map((column): SortMark => {
        const key = arrangement.sort.find((other) => other.column === column);
        return key ? (key.descending ? "descending" : "ascending") : null;
      }),
    [arrangement],
  );

  const current = selection.current?.cell;
  const cellContent = useCallback(
    ([column, row]: Item): ResultCell => {
      const kind = columns[column]?.kind ?? "text";
      const isThere = row < cells.rowCount && column < columns.length && cells.isAbsent?.(row) !== true;
      const shape = isThere ? cellShape(cells, row, column, kind) : BLANK;
      const isCurrent = current?.[0] === column && current[1] === row;
      const tone = toneOf?.(row, column) ?? null;
      const look = {
        isLink: isLink?.(row, column) === true,
        isLocked: isLocked?.(row, column) === true,
      };
      return resultCell(shape, palette, isCurrent, tone, look);
    },
    [columns, cells, palette, current, toneOf, isLink, isLocked],
  );

  const select = (next: GridSelection) => {
    rememberGrid(memory, { selection: next });
    setSelection(next);
    tell(next);
    onSelectRows?.(next.rows.toArray());
  };
  const tell = (selected: GridSelection) => {
    const block = selectedBlock(selected, rowCount, columns.length);
    const kindOf = (column: number) => columns[column]?.valueKind ?? "none";
    const place = selected.current
      ? { column: selected.current.cell[0], row: selected.current.cell[1] }
      : null;
    onSelect(block && summarize(cells, block, kindOf), place);
  };
  const setWidth = (places: readonly number[], widthOf: (place: number) => number) =>
    arrange((old) => {
      const set = new Map(old.widths);
      for (const place of places) set.set(item(old.columns, place), widthOf(place));
      return { ...old, widths: set };
    });

  const fit = (places: readonly number[]) => {
    const first = Math.max(0, Math.min(inSight.current, rowCount) - FITTED_ROWS / 2);
    const end = Math.min(rowCount, first + FITTED_ROWS);
    setWidth(places, (place) => fittedWidth(item(columns, place), place, cells, [first, end], palette));
  };

  useImperativeHandle(ref, () => ({
    focus: () => {
      expectFocus();
      editor.current?.focus();
    },
    show: ({ row, column }) => {
      const at = selection.current?.cell;
      // The grid scrolls to a cell that becomes the current one by itself, and twice would be too far.
      if (at?.[0] === column && at[1] === row) return editor.current?.scrollTo(column, row);
      select(ofCell(column, row));
    },
    scrollToRow: (row) => editor.current?.scrollTo(0, row, "vertical", 0, 0, { vAlign: "start" }),
    block: () => selectedBlock(selection, rowCount, columns.length),
    boundsOf: ({ row, column }) => editor.current?.getBounds(column, row) ?? null,
    redraw: () =>
      editor.current?.updateCells(
        Array.from({ length: REDRAWN_ROWS }, (_, below) => inSight.current + below).flatMap((row) =>
          row < rowCount ? columns.map((_, column) => ({ cell: [column, row] as Item })) : [],
        ),
      ),
    fit,
  }));

  const visibleChanged = ({ x, y, height }: Rectangle, tx: number, ty: number) => {
    const left = widths.slice(0, x).reduce((sum, width) => sum + width, 0);
    rememberGrid(memory, { scrollX: left - tx, scrollY: y * ROW_HEIGHT - ty });
    if (inSight.current !== y) onScroll?.(y);
    inSight.current = y;
    if (y > 0 && y + height >= rowCount - NEAR_END) onNearEnd?.();
    if (y <= NEAR_END && rowCount > 0) onNearStart?.();
  };

  const copy = (event: ClipboardEvent) => {
    const block = selectedBlock(selection, rowCount, columns.length);
    if (!block) return;
    event.preventDefault();
    event.stopPropagation();
    const text = onCopy(block);
    if (text !== null) event.clipboardData.setData("text/plain", text);
  };
  const boundsOfCurrent = useCallback(
    () => (current ? (editor.current?.getBounds(current[0], current[1]) ?? null) : null),
    [current],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    // What an input method takes is no key of the grid's.
    const { nativeEvent } = event;
    if (nativeEvent.isComposing) return;
    setHover(null);
    for (const [keys, run] of Object.entries(ownKeys ?? {})) {
      if (!matches(event.nativeEvent, keys)) continue;
      event.preventDefault();
      event.stopPropagation();
      return run();
    }
    const types = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!onType || !types || event.key === " " || !current) return;
    event.preventDefault();
    event.stopPropagation();
    onType(event.key);
  };
  const paste = (event: ClipboardEvent) => {
    if (!onPaste) return;
    event.preventDefault();
    event.stopPropagation();
    onPaste(event.clipboardData.getData("text/plain"));
  };
  const openMenuAt = (place: number, bounds: Rectangle) => {
    setMenu(menuAt(place, null));
    requestMenu(bounds);
  };
  /** Opens the menu below a part of the grid, as if by the other button. */
  const requestMenu = (bounds: Rectangle) => {
    const at = { clientX: bounds.x, clientY: bounds.y + bounds.height, bubbles: true, cancelable: true };
    requestAnimationFrame(() => root.current?.dispatchEvent(new MouseEvent("contextmenu", at)));
  };
  const menuOfCurrent = () => {
    if (current) setMenu(menuAt(current[0], current[1]));
  };

  return (
    <MenuArea entries={menu}>
      <div
        className={classes(styles.grid, rowCount < FEW_ROWS && styles.few)}
        style={{ "--rows-end": `${HEADER_HEIGHT + rowCount * ROW_HEIGHT + 1}px` }}
        role="region"
        aria-label={label}
        ref={root}
        onDoubleClick={() => border.current !== null && fit([border.current])}
        onCopyCapture={copy}
        onPasteCapture={paste}
        // A browser copies from where text is selected, which may still be the editor.
        onFocus={({ relatedTarget }) => {
          getSelection()?.removeAllRanges();
          if (current && !root.current?.contains(relatedTarget)) tell(selection);
        }}
        onPointerDownCapture={() => {
          resized.current = false;
        }}
        // The library takes the focus with the next frame, and not at all when the cell is selected already: a key that
        // is pressed meanwhile would go to the editor.
        onMouseDown={() => {
          if (!root.current?.contains(document.activeElement)) editor.current?.focus();
        }}
        onContextMenuCapture={(event) => {
          // A browser puts the menu of a key where the focus is, which on a canvas is nowhere.
          const bounds = menuByKey.current ? boundsOfCurrent() : null;
          menuByKey.current = false;
          if (!bounds) return;
          event.preventDefault();
          event.stopPropagation();
          requestMenu(bounds);
        }}
        onKeyDownCapture={(event) => {
          if (event.target instanceof HTMLTextAreaElement) return;
          menuByKey.current = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
          if (menuByKey.current) menuOfCurrent();
          onKeyDown(event);
        }}
      >
        <DataEditorCore
          ref={editor}
          width="100%"
          height="100%"
          columns={libraryColumns}
          rows={rowCount}
          rowHeight={ROW_HEIGHT}
          headerHeight={HEADER_HEIGHT}
          freezeColumns={arrangement.frozen}
          rowMarkers={{
            kind: "clickable-number",
            width: gutterWidth(rowCount),
            theme: { bgCell: palette.gutter },
          }}
          getCellContent={cellContent}
          renderers={useMemo(
            () => [gutterRenderer(palette.accent, markOf(signOf, palette))],
            [palette, signOf],
          )}
          customRenderers={CUSTOM_RENDERERS}
          drawHeader={useMemo(
            () => headerPainter(columns, sortMarks ?? marks, palette),
            [columns, sortMarks, marks, palette],
          )}
          theme={useMemo(() => libraryTheme(palette), [palette])}
          gridSelection={selection}
          onGridSelectionChange={select}
          onCellClicked={([column, row], { shiftKey }) => {
            const range = selection.current?.range;
            const isWide = range !== undefined && range.width * range.height > 1;
            // The library leaves a range as it is when its first cell is pressed.
            if (isWide && !shiftKey && current?.[0] === column && current[1] === row)
              select(ofCell(column, row));
          }}
          cellActivationBehavior="double-click"
          onCellActivated={([column, row]) => onOpenCell({ column, row })}
          onCellContextMenu={([column, row]) => setMenu(menuAt(Math.max(column, 0), row))}
          {...(onHead && {
            onHeaderClicked: (column: number, { shiftKey }: { shiftKey: boolean }) =>
              onHead(column, shiftKey),
          })}
          onHeaderContextMenu={(column) => setMenu(menuAt(column, null))}
          // At the end of a column's border the library sees a press of the button beside it.
          onHeaderMenuClick={(column, bounds) => !resized.current && openMenuAt(column, bounds)}
          {...(hintOf && {
            onItemHovered: (at: GridMouseEventArgs) => {
              const frame = root.current?.getBoundingClientRect();
              setHover(frame ? hoverOf(at, rowCount, columns, hintOf, frame) : null);
            },
          })}
          onMouseMove={(at) => {
            border.current = at.kind === "header" && at.isEdge ? at.location[0] : null;
          }}
          onColumnResize={(_, width, place) => {
            resized.current = true;
            setWidth([place], () => width);
          }}
          onColumnMoved={(from, to) => arrange((old) => moveColumn(old, from, to))}
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
          columnSelect={onHead ? "none" : "multi"}
          rowSelect="multi"
          headerIcons={NO_ICONS}
          imageWindowLoader={NO_IMAGES}
        />
        <GridHint hover={hover} />
        {onType && (
          <CompositionSink
            root={root}
            label={current ? spokenPlace(current, columns) : label}
            boundsOf={boundsOfCurrent}
            onText={(text) => current && onType(text)}
          />
        )}
      </div>
    </MenuArea>
  );
}

function ofCell(column: number, row: number): GridSelection {
  const range = { x: column, y: row, width: 1, height: 1 };
  return { ...EMPTY, current: { cell: [column, row], range, rangeStack: [] } };
}

const EMPTY: GridSelection = { columns: CompactSelection.empty(), rows: CompactSelection.empty() };

function spokenHeader({ name, type, isKey, lock }: GridColumnView): string {
  return [name, type, isKey ? "primary key" : "", lock == null ? "" : `(locked: ${lock})`]
    .filter((part) => part !== "")
    .join(" ");
}

/** More rows than a tall screen shows. */
const REDRAWN_ROWS = 120;
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

function spokenPlace([column, row]: Item, columns: readonly GridColumnView[]): string {
  return `${columns[column]?.name ?? ""}, row ${row + 1}`;
}

/** One step, so that the columns move at most once while rows arrive. */
function gutterWidth(rowCount: number): number {
  return rowCount < 100_000 ? GUTTER : WIDE_GUTTER;
}

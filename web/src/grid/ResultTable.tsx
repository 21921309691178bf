import { type KeyboardEvent, type Ref, useCallback, useImperativeHandle, useRef, useState } from "react";

import { item } from "~/run/item";
import type { Cell, RowStore } from "~/run/rowStore";
import {
  addCondition,
  hideColumn,
  moveColumn,
  showColumn,
  sortAlsoBy,
  sortBy,
  withoutSorting,
  type Arrangement,
} from "./arrangement";
import { ArrangementBar } from "./ArrangementBar";
import type { CellSource } from "./cells";
import { CellViewer } from "./viewers/CellViewer";
import type { GridColumnView } from "./columns";
import { copyText, type CellBlock, type Copied } from "./copyText";
import { FindBar } from "./FindBar";
import { COPY_WITH_NAMES, EDIT_IN_TABLE, gridEntries, type GridActions } from "./gridMenu";
import { ResultGrid, type CellPlace, type GridHandle } from "./ResultGrid";
import type { MenuEntry } from "~/ui/Menu";
import styles from "./ResultTable.module.css";
import type { SelectionSummary } from "./summary";
import { useArrangement } from "./useArrangement";
import { useFind } from "./useFind";
import type { RowFormat } from "./writeRows";

/** How rows are edited, which is done in the table that they come from. */
export interface EditInTable {
  /** Whether the values of a column come from a table. Columns count as in the result. */
  readonly canEdit: (column: number) => boolean;
  /** Rows of the result, whatever order and filter they are shown in. */
  readonly edit: (rows: readonly number[], column: number) => void;
}

/** What buttons and commands outside can have a result do. */
export interface ResultTableHandle {
  openFind(): void;
  /** Puts what is selected into the clipboard, or everything that is shown. */
  copy(format: RowFormat, header: boolean): void;
  /** Everything that is shown, as it is shown. */
  shown(): { cells: CellSource; columns: readonly GridColumnView[]; block: CellBlock };
  fitAll(): void;
  showAllColumns(): void;
}

interface ResultTableProps {
  readonly label: string;
  /** Where it is shown, such as in which tab: the next result there has its columns as these were arranged. */
  readonly place: string;
  readonly rows: RowStore;
  readonly rowCount: number;
  readonly columns: readonly GridColumnView[];
  /** PostgreSQL has rows that are not here. */
  readonly isPartial: boolean;
  /** Where INSERT statements go, as SQL. */
  readonly table: string;
  readonly onSelect: (summary: SelectionSummary | null) => void;
  /** The last rows have been scrolled into sight. */
  readonly onNearEnd: () => void;
  /** Puts a text into the clipboard and says so. */
  readonly onCopy: (copied: Copied) => void;
  /** Says what the browser has put into the clipboard by itself. */
  readonly onCopied: (copied: Copied) => void;
  readonly onCopyValue: (text: string) => void;
  /** Has the browser write a file. */
  readonly onSave: (content: Blob, name: string) => void;
  readonly editing: EditInTable;
  readonly onRequery: ((arrangement: Arrangement) => void) | null;
  readonly ref?: Ref<ResultTableHandle>;
}

/** Characters of a value that no longer fits a filter's words. */
const LONG_VALUE = 10_000;

/** The rows of a result: sorted, filtered, searched and copied as a person likes, with a value to look at closely. */
export function ResultTable(props: ResultTableProps) {
  const { label, place, rows, rowCount, columns, isPartial, table, onSelect, onNearEnd } = props;
  const { onCopy, onCopied, onCopyValue, onSave, editing, onRequery, ref } = props;
  const result = useArrangement(rows, rowCount, columns, place);
  const { arrangement, arrange, cells } = result;
  const grid = useRef<GridHandle>(null);
  const [current, setCurrent] = useState<CellPlace | null>(null);
  const [viewed, setViewed] = useState<CellPlace | null>(null);
  const [finding, setFinding] = useState(false);
  const [draft, setDraft] = useState<number | null>(null);
  const show = (place: CellPlace) => grid.current?.show(place);
  const find = useFind(cells, result.rowCount, result.columns.length, current, show);
  const { isMatch } = find;
  const searches = finding && find.matches !== null;
  const toneOf = useCallback(
    (row: number, column: number) => (isMatch(row, column) ? "found" : null),
    [isMatch],
  );

  const everything = (): CellBlock => ({
    rows: [[0, result.rowCount]],
    columns: result.columns.map((_, place) => place),
  });
  const textOf = (block: CellBlock, format: RowFormat, header: boolean) =>
    copyText(cells, result.columns, block, { format, header, table });
  const copy = (format: RowFormat, header: boolean) =>
    onCopy(textOf(grid.current?.block() ?? everything(), format, header));
  const openFind = () => setFinding(true);
  const closeFind = () => {
    setFinding(false);
    grid.current?.focus();
  };
  const fitAll = () => grid.current?.fit(result.columns.map((_, place) => place));
  const showAllColumns = () =>
    arrange((now) => columns.reduce((all, _, column) => showColumn(all, column), now));

  useImperativeHandle(ref, () => ({
    openFind,
    copy,
    shown: () => ({ cells, columns: result.columns, block: everything() }),
    fitAll,
    showAllColumns,
  }));

  const editAt = ({ row, column }: CellPlace) => {
    const block = grid.current?.block();
    const isWithin = block?.rows.some(([first, end]) => first <= row && row < end) === true;
    const rows = block && isWithin ? placesIn(block) : [row];
    editing.edit(rows.map(result.sourceRow), item(arrangement.columns, column));
  };
  const actionsAt = (place: number, row: number | null): GridActions => {
    const column = item(arrangement.columns, place);
    return {
      copy,
      view: () => row !== null && setViewed({ row, column: place }),
      edit: row !== null && editing.canEdit(column) ? () => editAt({ row, column: place }) : null,
      find: openFind,
      sort: (descending) => arrange((now) => sortBy(now, { column, descending })),
      sortAlso: (descending) => arrange((now) => sortAlsoBy(now, { column, descending })),
      unsort: () => arrange((now) => withoutSorting(now, column)),
      filter: (operator) => {
        if (operator === null) return setDraft(column);
        const cell = row === null ? null : cells.cell(row, place);
        const text = cell && cell.kind !== "null" ? cell.text : "";
        arrange((now) => addCondition(now, { column, operator, text }));
      },
      freeze: (frozen) => arrange((now) => ({ ...now, frozen })),
      hide: () => arrange((now) => hideColumn(now, column)),
      showAll: showAllColumns,
      move: (by) => arrange((now) => moveColumn(now, place, place + by)),
      fit: (all) => (all ? fitAll() : grid.current?.fit([place])),
    };
  };
  const menu = (place: number, row: number | null) => {
    const value = row === null ? null : lengthOf(cells.cell(row, place, LONG_VALUE + 1));
    const name = item(result.columns, place).name;
    const entries = gridEntries({ place, name, value }, arrangement, actionsAt(place, row));
    // The focus goes back to the grid, unless what was chosen takes it.
    return entries.map((entry): MenuEntry =>
      entry.kind !== "action"
        ? entry
        : {
            ...entry,
            run: () => {
              grid.current?.focus();
              entry.run();
            },
          },
    );
  };
  const select = (summary: SelectionSummary | null, place: CellPlace | null) => {
    setCurrent(place);
    if (viewed !== null && place !== null) setViewed(place);
    onSelect(summary);
  };
  const closeViewer = () => {
    setViewed(null);
    grid.current?.focus();
  };
  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || viewed === null) return;
    event.stopPropagation();
    closeViewer();
  };

  return (
    <div className={styles.table} onKeyDown={closeOnEscape}>
      {finding && <FindBar find={find} onClose={closeFind} />}
      <ArrangementBar
        columns={columns}
        arrangement={arrangement}
        arrange={arrange}
        busy={result.busy}
        shown={result.rowCount}
        fetched={rowCount}
        isPartial={isPartial}
        draft={draft}
        onDraft={setDraft}
        onRequery={onRequery && (() => onRequery(arrangement))}
      />
      <div className={styles.main}>
        <ResultGrid
          ref={grid}
          label={label}
          memory={rows}
          result={result}
          onSelect={select}
          onOpenCell={setViewed}
          onCopy={(block) => {
            const copied = textOf(block, "tsv", false);
            onCopied(copied);
            return copied.kind === "copied" ? copied.text : null;
          }}
          onNearEnd={onNearEnd}
          menu={menu}
          {...(searches && { toneOf })}
          keys={{
            "Mod+F": openFind,
            [COPY_WITH_NAMES]: () => copy("tsv", true),
            [EDIT_IN_TABLE]: () => current && editAt(current),
            // The library keeps the key to itself.
            ...(viewed !== null ? { Escape: closeViewer } : finding ? { Escape: closeFind } : {}),
          }}
        />
        {viewed !== null && viewed.row < result.rowCount && viewed.column < result.columns.length && (
          <CellViewer
            rows={cells}
            columns={result.columns}
            place={viewed}
            onCopy={onCopyValue}
            onSave={onSave}
            onClose={closeViewer}
          />
        )}
      </div>
    </div>
  );
}

function placesIn({ rows }: CellBlock): number[] {
  return rows.flatMap(([first, end]) => Array.from({ length: end - first }, (_, below) => first + below));
}

function lengthOf(cell: Cell): "null" | "short" | "long" {
  if (cell.kind === "null") return "null";
  return cell.text.length > LONG_VALUE ? "long" : "short";
}

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Skeleton } from "./Skeleton";
import styles from "./ListTable.module.css";
import table from "./Table.module.css";

export interface ListColumn<Row> {
  key: string;
  /** What stands in the head; empty for a column of buttons. */
  head: string;
  /** In pixels; without it the column takes what is left. */
  width?: number;
  /** For a column that takes what is left: what it is never less than. The table scrolls instead. */
  least?: number;
  /** Figures and times line up at the right. */
  numeric?: boolean;
  cell: (row: Row) => ReactNode;
}

interface ListTableProps<Row> {
  label: string;
  columns: readonly ListColumn<Row>[];
  /** Undefined while the first are on their way. */
  rows: readonly Row[] | undefined;
  /** How many there are in all, with those that have not been asked for. */
  total: number;
  keyOf: (row: Row) => string;
  /** What stands in place of rows where there are none. */
  empty: string;
  selected?: string | null;
  onSelect?: (row: Row) => void;
  /** A row was pressed twice, or Enter on it. */
  onOpen?: (row: Row) => void;
  /** Rows that are said more quietly. */
  isDim?: (row: Row) => boolean;
  /** Asks for the next rows; null at the end. */
  onMore: (() => void) | null;
}

/** Pixels of a column that takes what is left. */
const LEAST = 112;
const ROW = 28;
const PAGE = 12;

/** A long list: only the rows in sight are in the page, and more are asked for as one comes near their end. */
export function ListTable<Row>(props: ListTableProps<Row>) {
  const {
    label,
    columns,
    rows,
    total,
    keyOf,
    empty,
    selected = null,
    onSelect,
    onOpen,
    isDim,
    onMore,
  } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  const [active, setActive] = useState(0);
  const count = rows?.length ?? 0;
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onMore && count > 0 && last >= count - 20) onMore();
  }, [onMore, last, count]);

  const go = (index: number) => {
    const next = Math.max(0, Math.min(count - 1, index));
    setActive(next);
    virtualizer.scrollToIndex(next);
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, index: number, row: Row) => {
    if (event.target !== event.currentTarget) return;
    const steps: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + PAGE,
      PageUp: index - PAGE,
      Home: 0,
      End: count - 1,
    };
    const step = steps[event.key];
    if (step !== undefined && !event.altKey && !event.ctrlKey) go(step);
    else if (event.key === "Enter" && onOpen && !event.ctrlKey && !event.metaKey) onOpen(row);
    else if ((event.key === "Enter" || event.key === " ") && onSelect) onSelect(row);
    else return;
    event.preventDefault();
  };

  const above = items[0]?.start ?? 0;
  const below = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  const least = columns.reduce((sum, { width, least = LEAST }) => sum + (width ?? least), 0);
  const reachable = Math.min(active, Math.max(0, count - 1));
  return (
    <div ref={scroller} className={table.scroller}>
      <table
        className={table.table}
        style={{ minWidth: least }}
        role="grid"
        aria-label={label}
        aria-rowcount={total + 1}
        aria-busy={!rows}
      >
        <colgroup>
          {columns.map(({ key, width }) => (
            <col key={key} style={width === undefined ? undefined : { width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ key, head, numeric }) => (
              <th key={key} scope="col" className={numeric ? table.number : undefined}>
                {head === "" ? <span className="visually-hidden">Actions</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {above > 0 && <Spacer height={above} columns={columns.length} />}
          {rows === undefined && [0, 1, 2, 3].map((line) => <SkeletonRow key={line} columns={columns} />)}
          {items.map(({ index }) => {
            const row = rows?.[index];
            if (row === undefined) return null;
            const key = keyOf(row);
            return (
              <tr
                key={key}
                data-index={index}
                aria-rowindex={index + 2}
                aria-selected={onSelect ? key === selected : undefined}
                className={isDim?.(row) ? styles.dim : undefined}
                tabIndex={index === reachable ? 0 : -1}
                onFocus={() => setActive(index)}
                onClick={onSelect ? () => onSelect(row) : undefined}
                onDoubleClick={onOpen ? () => onOpen(row) : undefined}
                onKeyDown={(event) => onKeyDown(event, index, row)}
              >
                {columns.map((column) => (
                  <td key={column.key} className={column.numeric ? table.number : undefined}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {below > 0 && <Spacer height={below} columns={columns.length} />}
          {rows !== undefined && onMore && <SkeletonRow columns={columns} />}
        </tbody>
      </table>
      {rows?.length === 0 && <p className={table.none}>{empty}</p>}
    </div>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden="true" className={styles.spacer}>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

function SkeletonRow<Row>({ columns }: { columns: readonly ListColumn<Row>[] }) {
  return (
    <tr aria-hidden="true">
      {columns.map(({ key, numeric, width }) => (
        <td key={key} className={numeric ? table.number : undefined}>
          <Skeleton width={Math.min(96, (width ?? 160) * 0.6)} />
        </td>
      ))}
    </tr>
  );
}

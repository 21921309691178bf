import { useEffect, useMemo, useState } from "react";

import { item } from "~/run/item";
import type { RowStore } from "~/run/rowStore";
import { isPlain, plainArrangement, type Arrangement } from "./arrangement";
import { arrangeRows } from "./arrangeRows";
import { arrangedCells, type CellSource } from "./cells";
import type { GridColumnView } from "./columns";
import { recallGrid, recallLayout, rememberGrid, rememberLayout } from "./gridMemory";

/** A result as a person arranged it. */
export interface ArrangedResult {
  readonly arrangement: Arrangement;
  readonly arrange: (change: (before: Arrangement) => Arrangement) => void;
  /** The columns that are shown, in their order. */
  readonly columns: readonly GridColumnView[];
  readonly cells: CellSource;
  readonly rowCount: number;
  /** Rows are being sorted or filtered. */
  readonly busy: boolean;
}

/** The same of rows whose order and number this decides. */
export interface ArrangedRows extends ArrangedResult {
  /** Which row of the result stands at a place. */
  readonly sourceRow: (row: number) => number;
}

interface Ordered extends Pick<Arrangement, "sort" | "conditions"> {
  readonly order: Int32Array;
  /** Of so many rows. */
  readonly count: number;
}

/**
 * Sorts and filters the rows that are there, and again when more have come. How columns stand is kept for the next result
 * at the same `place` that has the same columns.
 */
export function useArrangement(
  rows: RowStore,
  rowCount: number,
  columns: readonly GridColumnView[],
  place: string,
): ArrangedRows {
  const names = columns.map(({ name }) => name);
  const [arrangement, setArrangement] = useState(
    (): Arrangement =>
      recallGrid(rows).arrangement ?? {
        ...plainArrangement(columns.length),
        ...recallLayout(place, names),
      },
  );
  const [ordered, setOrdered] = useState<Ordered | null>(() => {
    const { order } = recallGrid(rows);
    const { sort, conditions } = arrangement;
    return order && { order, sort, conditions, count: rowCount };
  });
  const plain = isPlain(arrangement);
  const current =
    ordered !== null && ordered.sort === arrangement.sort && ordered.conditions === arrangement.conditions;
  const busy = !plain && !(current && ordered.count === rowCount);

  const { sort, conditions } = arrangement;
  useEffect(() => {
    if (!busy) return;
    // Rows that come meanwhile wait for the next turn: to begin anew with each would never end.
    const count = rows.rowCount;
    const giveUp = new AbortController();
    const kindOf = (column: number) => columns[column]?.valueKind ?? "none";
    arrangeRows(rows, kindOf, conditions, sort, giveUp.signal).then(
      (order) => {
        rememberGrid(rows, { order });
        setOrdered({ order, sort, conditions, count });
      },
      () => undefined, // given up
    );
    return () => giveUp.abort();
  }, [busy, ordered, rows, columns, sort, conditions]);

  const order = plain ? null : (ordered?.order ?? null);
  const shown = useMemo(
    () => arrangement.columns.map((column) => item(columns, column)),
    [arrangement.columns, columns],
  );
  const cells = useMemo(
    () => arrangedCells(rows, { rows: order, columns: arrangement.columns }),
    [rows, order, arrangement.columns],
  );
  const arrange = (change: (before: Arrangement) => Arrangement) => {
    const next = change(arrangement);
    rememberGrid(rows, { arrangement: next, ...(isPlain(next) && { order: null }) });
    rememberLayout(place, names, next);
    setArrangement(next);
  };
  return {
    arrangement,
    arrange,
    columns: shown,
    cells,
    rowCount: order ? order.length : rowCount,
    sourceRow: (row) => (order ? item(order, row) : row),
    busy,
  };
}

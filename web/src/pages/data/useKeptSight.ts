import { type RefObject, useEffect, useRef } from "react";

import type { CellPlace, GridHandle } from "~/grid/ResultGrid";
import type { RowsEnd } from "./tableRows";

/** Keeps in sight what is there when rows come above it. Returns what the first row in sight is to be told to. */
export function useKeptSight(
  grid: RefObject<GridHandle | null>,
  from: RowsEnd,
  rowCount: number,
  current: CellPlace | null,
): (row: number) => void {
  const firstInSight = useRef(0);
  const readBefore = useRef({ from, rowCount });
  useEffect(() => {
    const before = readBefore.current;
    readBefore.current = { from, rowCount };
    const added = rowCount - before.rowCount;
    if (from !== "last" || before.from !== "last" || added <= 0 || before.rowCount === 0) return;
    const first = firstInSight.current;
    if (current) grid.current?.show({ row: current.row + added, column: current.column });
    grid.current?.scrollToRow(first + added);
    // The cell at hand is looked at when rows come, not the other way round.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [from, rowCount]);
  return (row) => {
    firstInSight.current = row;
  };
}

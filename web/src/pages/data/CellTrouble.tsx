import { useEffect, useState } from "react";

import type { CellPlace, GridHandle } from "~/grid/ResultGrid";
import type { RefObject } from "react";
import type { CellPosition } from "./tableCells";
import styles from "./CellTrouble.module.css";
import { besideCell } from "./tableCells";

interface CellTroubleProps {
  readonly words: string;
  readonly at: CellPlace;
  readonly grid: RefObject<GridHandle | null>;
  readonly frame: RefObject<HTMLElement | null>;
}

/** What stands in the way of the cell at hand, under it. */
export function CellTrouble({ words, at, grid, frame }: CellTroubleProps) {
  const [place, setPlace] = useState<CellPosition | null>(null);
  useEffect(() => {
    // The grid knows where the cell is once it has drawn it.
    const drawn = requestAnimationFrame(() => {
      const bounds = grid.current?.boundsOf(at);
      const around = frame.current?.getBoundingClientRect();
      setPlace(bounds && around ? besideCell(bounds, around) : null);
    });
    return () => cancelAnimationFrame(drawn);
  }, [at, grid, frame, words]);
  if (!place) return null;
  return (
    <p className={styles.trouble} style={place} role="status">
      {words}
    </p>
  );
}

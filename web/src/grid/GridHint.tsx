import type { GridMouseEventArgs, Rectangle } from "@glideapps/glide-data-grid";

import styles from "./GridHint.module.css";
import type { GridColumnView } from "./columns";

/** Words for what is under the pointer, and where they stand in the grid. */
export interface Hover {
  readonly words: string;
  readonly place: Pick<Rectangle, "x" | "y">;
}

/** Rows of the grid's bottom where a hint stands above the cell. */
const ROOM = 80;

/** What is to be said of what is under the pointer. */
export function hoverOf(
  at: GridMouseEventArgs,
  rowCount: number,
  columns: readonly GridColumnView[],
  hintOf: (row: number, column: number) => string | null,
  frame: DOMRect,
): Hover | null {
  if (at.kind !== "cell" && at.kind !== "header") return null;
  const [column, row] = at.location;
  const about = columns[column];
  if (!about || (at.kind === "cell" && row >= rowCount)) return null;
  const words = at.kind === "header" ? (about.lock ?? null) : hintOf(row, column);
  if (words === null) return null;
  const { x, y, height } = at.bounds;
  const below = y + height + ROOM < frame.bottom;
  const left = Math.max(0, Math.min(x - frame.x, frame.width - WIDTH));
  return { words, place: { x: left, y: (below ? y + height + 2 : y - ROOM / 2) - frame.y } };
}

const WIDTH = 372;

/** Words beside what is under the pointer, once it rests there. */
export function GridHint({ hover }: { hover: Hover | null }) {
  if (!hover) return null;
  const { words, place } = hover;
  return (
    <p
      key={`${place.x} ${place.y} ${words}`}
      className={styles.hint}
      role="tooltip"
      style={{ left: place.x, top: place.y }}
    >
      {words}
    </p>
  );
}

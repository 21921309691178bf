import type { GridSelection } from "@glideapps/glide-data-grid";

import type { RowStore } from "~/run/rowStore";
import { NO_SELECTION } from "./selection";

/** Where a person was in a result, so that they are there again when they come back to its tab. */
export interface GridMemory {
  readonly scrollX: number;
  readonly scrollY: number;
  readonly selection: GridSelection;
  /** Widths that were set by hand. */
  readonly widths: ReadonlyMap<number, number>;
}

const NOTHING: GridMemory = { scrollX: 0, scrollY: 0, selection: NO_SELECTION, widths: new Map() };
const memories = new WeakMap<RowStore, GridMemory>();

export function recallGrid(rows: RowStore): GridMemory {
  return memories.get(rows) ?? NOTHING;
}

export function rememberGrid(rows: RowStore, change: Partial<GridMemory>): void {
  memories.set(rows, { ...recallGrid(rows), ...change });
}

import type { GridSelection } from "@glideapps/glide-data-grid";

import type { Arrangement } from "./arrangement";
import { NO_SELECTION } from "./selection";

/** Where a person was in a result, so that they are there again when they come back to its tab. */
export interface GridMemory {
  readonly scrollX: number;
  readonly scrollY: number;
  readonly selection: GridSelection;
  /** How the result was arranged, if it was. */
  readonly arrangement: Arrangement | null;
  /** The rows as they were sorted and filtered last. */
  readonly order: Int32Array | null;
}

const NOTHING: GridMemory = {
  scrollX: 0,
  scrollY: 0,
  selection: NO_SELECTION,
  arrangement: null,
  order: null,
};
const memories = new WeakMap<object, GridMemory>();

export function recallGrid(rows: object): GridMemory {
  return memories.get(rows) ?? NOTHING;
}

export function rememberGrid(rows: object, change: Partial<GridMemory>): void {
  memories.set(rows, { ...recallGrid(rows), ...change });
}

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

/** How a person made the columns of a result stand, whatever rows it has. */
export type ColumnLayout = Pick<Arrangement, "columns" | "frozen" | "widths">;

const layouts = new Map<string, ColumnLayout>();
/** Those that were changed longest ago go first. */
const MAX_LAYOUTS = 200;

/** The layout of columns of these names at a place, such as a tab: the next run there has it again. */
export function recallLayout(place: string, names: readonly string[]): ColumnLayout | null {
  return layouts.get(layoutKey(place, names)) ?? null;
}

export function rememberLayout(
  place: string,
  names: readonly string[],
  { columns, frozen, widths }: ColumnLayout,
): void {
  const key = layoutKey(place, names);
  layouts.delete(key);
  layouts.set(key, { columns, frozen, widths });
  for (const oldest of layouts.keys()) {
    if (layouts.size <= MAX_LAYOUTS) break;
    layouts.delete(oldest);
  }
}

function layoutKey(place: string, names: readonly string[]): string {
  return JSON.stringify([place, ...names]);
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

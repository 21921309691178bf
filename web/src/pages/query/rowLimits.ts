import { formatCount } from "~/ui/format";

/** How many rows of a result come at first; null for all of them. */
export type RowLimit = 1_000 | 10_000 | 100_000 | null;

export const ROW_LIMITS: readonly RowLimit[] = [1_000, 10_000, 100_000, null];
export const DEFAULT_ROW_LIMIT: RowLimit = 10_000;

export function rowLimitLabel(limit: RowLimit): string {
  return limit === null ? "No limit" : `Limit ${formatCount(limit)}`;
}

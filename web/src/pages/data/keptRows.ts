import type { ChangeReport } from "~/api/types";
import type { DataContent, KnownCells, StagedChange } from "~/app/dataTab";
import type { TableShape } from "~/api/types";
import type { RowStore } from "~/run/rowStore";
import { keyColumns } from "./rowsSql";

/** A row that was changed: what it is found by, and where it was shown. */
export interface ChangedRow {
  readonly key: KnownCells;
  readonly index: number;
}

/** Rows that are shown though they are not among those that were read. */
export interface KeptRows {
  readonly rows: RowStore;
  /** Their places among all rows as they were read, in ascending order; each with its row in `rows`. */
  readonly places: readonly { readonly at: number; readonly row: number }[];
}

/** More changed rows than this are not looked for. */
export const MOST_KEPT = 200;

/** The rows that changes have left, by the keys that they have now. Those whose key cannot be told are left out. */
export function changedRows(
  sent: readonly StagedChange[],
  report: ChangeReport,
  shape: TableShape,
  indexOf: (change: StagedChange) => number | null,
): readonly ChangedRow[] {
  const names = keyColumns(shape);
  if (names.length === 0) return [];
  return sent.flatMap((change, at): ChangedRow[] => {
    const outcome = report.outcomes[at];
    if (change.type === "delete" || outcome?.status !== "done") return [];
    const key: Record<string, string | null> = {};
    for (const name of names) {
      const place = report.columns.indexOf(name);
      const told = outcome.row != null && place >= 0 ? outcome.row[place] : undefined;
      const staged = change.values[name];
      const known = change.type === "update" ? change.key[name] : undefined;
      const value = told ?? (staged?.kind === "text" ? staged.text : known);
      if (value == null) return [];
      key[name] = value;
    }
    return [{ key, index: indexOf(change) ?? 0 }];
  });
}

/** Whether something narrows the rows. */
export function isNarrowed({ filters, where }: Pick<DataContent, "filters" | "where">): boolean {
  return filters.length > 0 || where.trim() !== "";
}

/**
 * Where a place among all rows is found: in those that are kept, or so far into those that were read. Kept rows stand
 * where they were, so that nothing else moves.
 */
export function findKept(
  kept: KeptRows | null,
  at: number,
): { readonly row: number; readonly isKept: boolean } {
  let before = 0;
  for (const place of kept?.places ?? []) {
    if (place.at === at) return { row: place.row, isKept: true };
    if (place.at > at) break;
    before += 1;
  }
  return { row: at - before, isKept: false };
}

/** Places for rows that were shown at some, within `count` rows in all: in ascending order, none twice. */
export function placesFor(wanted: readonly { readonly at: number; readonly row: number }[], count: number) {
  let next = 0;
  return [...wanted]
    .sort((a, b) => a.at - b.at)
    .map(({ at, row }, index, all) => {
      const most = count - (all.length - index);
      const place = Math.min(Math.max(at, next), Math.max(most, next));
      next = place + 1;
      return { at: place, row };
    });
}

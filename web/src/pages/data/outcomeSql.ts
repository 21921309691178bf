import type { TableShape } from "~/api/types";
import type { CellValue, CellValues, KnownCells, StagedChange } from "~/app/dataTab";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";
import { tableName } from "./rowsSql";

/** What the rows of a table say of changes that may or may not have been made. */
export type Verdict = "made" | "unmade" | "unclear";

/** More changes are not looked at: all of them were made, or none. */
const MOST_LOOKED_AT = 100;

/** Asks of each change, in a column of its own, whether its row is as it leaves it. */
export function outcomeSql(shape: TableShape, staged: readonly StagedChange[]): string {
  const told = staged.slice(0, MOST_LOOKED_AT).map((change) => outcomeOf(shape, change));
  return `select ${told.join(",\n  ")}`;
}

/**
 * All changes are made or none, so one row that is as it was read tells of all. New rows count for less: there may have
 * been one like them before.
 */
export function verdictOf(told: readonly (string | null)[], staged: readonly StagedChange[]): Verdict {
  const known = told.filter((_, at) => staged[at]?.type !== "insert");
  const words = known.some((word) => word === "made" || word === "unmade") ? known : told;
  if (words.includes("unmade")) return "unmade";
  return words.includes("made") && !words.includes("other") ? "made" : "unclear";
}

function outcomeOf(shape: TableShape, change: StagedChange): string {
  const from = `from ${tableName(shape)} where`;
  switch (change.type) {
    case "insert": {
      const like = matching(shape, change.values);
      if (like === null) return "null";
      return `case when exists (select ${from} ${like}) then 'made' else 'unmade' end`;
    }
    case "delete":
      return `case when exists (select ${from} ${wasRead(shape, change.key)}) then 'unmade' else 'made' end`;
    case "update": {
      const is = matching(shape, change.values);
      const key = Object.keys(change.key).map((name): [string, CellValue] => [
        name,
        change.values[name] ?? known(change.key[name] ?? null),
      ]);
      const found = matching(shape, Object.fromEntries(key));
      const made =
        is === null || found === null ? "null" : `(select 'made' ${from} ${found} and ${is} limit 1)`;
      const asRead = [wasRead(shape, change.key), wasRead(shape, change.old)].filter((part) => part !== "");
      const unmade = `(select 'unmade' ${from} ${asRead.join(" and ")} limit 1)`;
      return `coalesce(${made}, ${unmade}, 'other')`;
    }
  }
}

function wasRead(shape: TableShape, cells: KnownCells): string {
  const values = Object.entries(cells).map(([name, text]) => [name, known(text)] as const);
  return matching(shape, Object.fromEntries(values)) ?? "";
}

function known(text: string | null): CellValue {
  return text === null ? { kind: "null" } : { kind: "text", text };
}

/** A condition that rows with these values fulfil; null where only defaults are set, which cannot be told here. */
function matching(shape: TableShape, values: CellValues): string | null {
  const conditions = Object.entries(values).flatMap(([column, value]) => {
    const name = quoteIdentifier(column);
    if (value.kind === "default") return [];
    if (value.kind === "null") return [`${name} is null`];
    const about = shape.columns.find((one) => one.name === column);
    const text = quoteLiteral(value.text);
    if (about?.comparable === true) return [`${name} is not distinct from ${text}`];
    return [`${name}::text is not distinct from ${text}::${about?.type_name ?? "text"}::text`];
  });
  return conditions.length === 0 ? null : conditions.join(" and ");
}

import type { ResultSet } from "~/run/runRecord";

/** The name that PostgreSQL gives to the only column of EXPLAIN. */
const COLUMN = "QUERY PLAN";
const MAX_LINES = 50_000;
const PLAN = /\(cost=\d|\(actual (?:time|rows)=\d|"Node Type"\s*:|<Node-Type>|^[\s|│]*Node Type: "/m;

/** A plan shows itself early on, and this is asked at each key. */
const LOOKED_AT = 20_000;

export function isPlanResult({ columns }: ResultSet): boolean {
  return columns.length === 1 && columns[0]?.name === COLUMN;
}

/** What EXPLAIN wrote, once all of it is there; null before that and where it is too long. */
export function planTextOf({ rows, rowCount }: ResultSet, isWhole: boolean): string | null {
  if (!isWhole || rowCount > MAX_LINES) return null;
  const lines: string[] = [];
  for (let row = 0; row < rowCount; row += 1) {
    const cell = rows.cell(row, 0);
    if (cell.kind !== "text") return null;
    lines.push(cell.text);
  }
  return lines.join("\n");
}

/** True for a text that is a plan rather than SQL: somebody pasted it. */
export function looksLikePlan(text: string): boolean {
  return PLAN.test(text.slice(0, LOOKED_AT)) && !/^\s*(?:explain|select|with)\b/i.test(text);
}

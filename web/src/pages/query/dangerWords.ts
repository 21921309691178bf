import type { QuestionableStatement } from "~/api/types";
import { formatCount, plural } from "~/ui/format";

type Danger = NonNullable<QuestionableStatement["danger"]>;

const TITLES: Record<Danger, string> = {
  update_all: "Update every row?",
  delete_all: "Delete every row?",
  truncate: "Empty the table?",
  drop: "Drop it?",
  drop_column: "Drop a column?",
};

const RUN: Record<Danger, string> = {
  update_all: "Update all rows",
  delete_all: "Delete all rows",
  truncate: "Truncate",
  drop: "Drop",
  drop_column: "Drop column",
};

export function titleWords(statements: readonly QuestionableStatement[], production: boolean): string {
  const dangers = statements.flatMap(({ danger }) => danger ?? []);
  const [first] = dangers;
  if (first === undefined) return production ? "Change production?" : "Run what changes data?";
  if (statements.length > 1) return `Run ${plural(dangers.length, "dangerous statement")}?`;
  return TITLES[first];
}

/** The verb of the button, with its object. */
export function runWords(statements: readonly QuestionableStatement[]): string {
  const [only] = statements;
  if (statements.length > 1 || !only) return "Run all statements";
  return only.danger == null ? "Run the statement" : RUN[only.danger];
}

/** What a statement would do, with PostgreSQL's own estimate. */
export function dangerWords({ danger, objects, estimated_rows: rows }: QuestionableStatement): string {
  if (danger == null) return "";
  const what = objects.length > 0 ? objects.join(", ") : "the table";
  const about =
    rows == null ? null : `about ${formatCount(Math.round(rows))} ${Math.round(rows) === 1 ? "row" : "rows"}`;
  switch (danger) {
    case "update_all":
      return `It has no WHERE: it changes every row of ${what}${about === null ? "" : `, ${about}`}.`;
    case "delete_all":
      return `It has no WHERE: it deletes every row of ${what}${about === null ? "" : `, ${about}`}.`;
    case "truncate":
      return `It empties ${what}${about === null ? "" : `: ${about}`}.`;
    case "drop":
      return `It removes ${objects.length > 0 ? what : "what it names"}${about === null ? "" : `, with ${about}`}.`;
    case "drop_column":
      return `It removes a column of ${what} with everything in it.`;
  }
}

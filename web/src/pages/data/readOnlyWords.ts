import type { TableShape } from "~/api/types";
import { keyColumns } from "./rowsSql";

/** What a relation is called. */
export const KINDS: Record<TableShape["kind"], string> = {
  table: "table",
  partitioned_table: "partitioned table",
  foreign_table: "foreign table",
  view: "view",
  materialized_view: "materialized view",
};

export interface ReadOnlyWords {
  readonly add: string | null;
  readonly edit: string | null;
  readonly remove: string | null;
  readonly badge: string | null;
  /** A sentence above the rows. */
  readonly why: string | null;
}

/** What cannot be done with the rows, and why. */
export function readOnlyWords(shape: TableShape, isForbidden: boolean): ReadOnlyWords {
  const all = (words: string): ReadOnlyWords => ({
    add: words,
    edit: words,
    remove: words,
    badge: "read only",
    why: null,
  });
  if (!shape.may_select) {
    return {
      ...all("You have no right to read this table."),
      why: "You have no right to read any column of it. Its owner can GRANT SELECT.",
    };
  }
  if (isForbidden) {
    const words =
      "You are a viewer: you see rows and change none. An administrator can give you another role.";
    return { ...all(words), why: words };
  }
  if (!shape.updatable) {
    const words = `PostgreSQL takes no changes through this ${KINDS[shape.kind]}.`;
    return { ...all(words), why: [words, reasonOf(shape)].filter((part) => part !== "").join(" ") };
  }
  const hasKey = keyColumns(shape).length > 0;
  const noKey = noKeyWords(shape);
  const noRight = (right: string) => `You have no right to ${right} rows of ${shape.name}.`;
  const add = shape.takes_inserts ? null : noRight("add");
  const edit = !shape.takes_updates ? noRight("change") : hasKey ? null : noKey;
  const remove = !shape.takes_deletes ? noRight("delete") : hasKey ? null : noKey;
  const why = hasKey ? null : `${noKey} They can be read, added and duplicated, but not changed here.`;
  return { add, edit, remove, badge: edit !== null && add !== null ? "read only" : null, why };
}

function reasonOf({ kind, obstacle }: TableShape): string {
  switch (kind) {
    case "materialized_view":
      return "It holds what its query answered when it was last refreshed.";
    case "foreign_table":
      return "Its foreign-data wrapper only reads, or its server is set to read only.";
    case "view":
      return `${obstacle ?? ""} An INSTEAD OF trigger could take them.`.trim();
    case "table":
    case "partitioned_table":
      return "";
  }
}

function noKeyWords({ name, kind }: TableShape): string {
  switch (kind) {
    case "view":
      return `Rows of ${name} cannot be told apart: it shows no whole primary key, or unique columns without NULL, of the table behind it.`;
    case "foreign_table":
      return `Rows of ${name} cannot be told apart: PostgreSQL knows no keys of foreign tables.`;
    case "materialized_view":
    case "table":
    case "partitioned_table":
      return `Rows of ${name} cannot be told apart: it has no primary key and no unique columns without NULL.`;
  }
}

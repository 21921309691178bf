import type { CellValue, StagedChange } from "~/app/dataTab";

const SHOWN = 60;

/** Which row a change is of: its key, or that it is new. */
export function keyWords(change: StagedChange): string {
  if (change.type === "insert") return "new";
  return Object.values(change.key)
    .map((value) => value ?? "NULL")
    .join(", ");
}

/** What a change does, in a line. */
export function changeWords(change: StagedChange): string {
  switch (change.type) {
    case "delete":
      return "whole row";
    case "insert": {
      const cells = Object.entries(change.values).map(([column, value]) => `${column} ${valueWords(value)}`);
      return cells.length === 0 ? "all defaults" : cells.join(", ");
    }
    case "update":
      return Object.entries(change.values)
        .map(
          ([column, value]) => `${column} ${textWords(change.old[column] ?? null)} to ${valueWords(value)}`,
        )
        .join(", ");
  }
}

export function valueWords(value: CellValue): string {
  switch (value.kind) {
    case "null":
      return "NULL";
    case "default":
      return "its default";
    case "text":
      return textWords(value.text);
  }
}

export function textWords(text: string | null): string {
  if (text === null) return "NULL";
  if (text === "") return "''";
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

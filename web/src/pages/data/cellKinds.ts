import type { TableColumn } from "~/api/types";

/** How a cell of a column is edited. */
export type EditorKind = "text" | "number" | "boolean" | "choice" | "json" | "bytea" | "other";

const BYTEA = 17;
const JSON_TYPES = [114, 3802];
const DATE = 1082;
const TIMES = [1114, 1184];

export function editorKind(column: TableColumn): EditorKind {
  if (column.labels != null) return "choice";
  if (JSON_TYPES.includes(column.base_type_oid)) return "json";
  if (column.base_type_oid === BYTEA) return "bytea";
  switch (column.category) {
    case "B":
      return "boolean";
    case "N":
      return "number";
    case "S":
      return "text";
    default:
      return "other";
  }
}

/** What is wrong with a text as JSON; null when nothing is. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? `Not JSON: ${thrown.message}` : "Not JSON";
  }
}

/** JSON on lines of its own. Numbers keep their digits: nothing is read into JavaScript's numbers. */
export function prettyJson(text: string): string {
  let depth = 0;
  let out = "";
  for (const token of text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? []) {
    if (token === "}" || token === "]") {
      depth -= 1;
      out = /[{[]$/.test(out) ? out + token : `${out}\n${"  ".repeat(depth)}${token}`;
      continue;
    }
    if (/[{[,]$/.test(out) && out !== "") out += `\n${"  ".repeat(depth)}`;
    out += token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth += 1;
  }
  return out;
}

/** The browser's own picker that goes with a column. */
export type Picker = "date" | "datetime-local";

export function pickerOf({ base_type_oid: oid }: TableColumn): Picker | null {
  if (oid === DATE) return "date";
  return TIMES.includes(oid) ? "datetime-local" : null;
}

/** What of a value the picker can show. */
export function pickerValue(text: string, picker: Picker): string {
  const found = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?/.exec(text);
  if (!found) return "";
  return picker === "date" ? (found[1] ?? "") : `${found[1]}T${found[2] ?? "00:00"}`;
}

/** A picked time in place of that of a value, whose zone it keeps. */
export function pickerText(picked: string, before: string, picker: Picker): string {
  if (picked === "" || picker === "date") return picked;
  const zone = /[+-]\d{2}(?::?\d{2})?$/.exec(before)?.[0] ?? "";
  return `${picked.replace("T", " ")}${zone}`;
}

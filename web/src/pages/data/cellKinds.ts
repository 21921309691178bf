import type { TableColumn } from "~/api/types";

/** How a cell of a column is edited. */
export type EditorKind = "text" | "number" | "boolean" | "choice" | "json" | "bytea" | "array" | "other";

const BYTEA = 17;
const JSON_TYPES = [114, 3802];
const DATE = 1082;
const TIMES = [1114, 1184];
const TIMES_OF_DAY = [1083, 1266];
const BOXES = 1020;

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
    case "A":
      // Of all types' arrays, only those of boxes have a semicolon between their elements.
      return column.base_type_oid === BOXES ? "other" : "array";
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

/** The browser's own picker that goes with a column. */
export type Picker = "date" | "datetime-local" | "time";

export function pickerOf({ base_type_oid: oid }: TableColumn): Picker | null {
  if (oid === DATE) return "date";
  if (TIMES_OF_DAY.includes(oid)) return "time";
  return TIMES.includes(oid) ? "datetime-local" : null;
}

/** Whether a column takes `infinity`. */
export function isEndless({ base_type_oid: oid }: TableColumn): boolean {
  return oid === DATE || TIMES.includes(oid);
}

const MOMENT =
  /^(?:(\d{4,6}-\d{2}-\d{2}))?[ T]?(?:(\d{2}:\d{2}(?::\d{2})?)(\.\d+)?)?([+-]\d{2}(?::?\d{2}){0,2})?( BC)?$/;

/** What of a value the picker can show: nothing of `infinity` or of the time before Christ. */
export function pickerValue(text: string, picker: Picker): string {
  const [, date, time, , , bc] = MOMENT.exec(text) ?? [];
  if (bc !== undefined) return "";
  switch (picker) {
    case "date":
      return date ?? "";
    case "time":
      return time ?? "";
    case "datetime-local":
      return date === undefined ? "" : `${date}T${time ?? "00:00"}`;
  }
}

/** A picked time in place of that of a value. Its zone stays, and the fraction of its second as long as the second does. */
export function pickerText(picked: string, before: string, picker: Picker): string {
  if (picked === "" || picker === "date") return picked;
  const [, , time, fraction = "", zone = ""] = MOMENT.exec(before) ?? [];
  const same = time !== undefined && picked.endsWith(time) ? fraction : "";
  return `${picked.replace("T", " ")}${same}${zone}`;
}

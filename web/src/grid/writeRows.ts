import { item } from "~/run/item";
import { quoteIdentifier, standardLiteral } from "~/run/quote";
import type { CellSource } from "./cells";
import type { Meaning } from "./columnKind";

/** Formats in which rows leave the grid, written as the server's downloads are. */
export type RowFormat = "tsv" | "csv" | "json" | "ndjson" | "markdown" | "sql" | "in_list";

/** What a format needs to know of a column. */
export interface WrittenColumn {
  readonly name: string;
  readonly meaning: Meaning;
  /** What the elements mean, for an array. */
  readonly element: Meaning | null;
}

/** Cells by their places; the order is that in which they are written. */
export interface CellBlock {
  readonly rows: readonly (readonly [first: number, end: number])[];
  readonly columns: readonly number[];
}

export interface WriteOptions {
  readonly format: RowFormat;
  /** Whether the names come first, in TSV and CSV; the other formats always have them. */
  readonly header: boolean;
  /** Where INSERT statements go, as SQL. */
  readonly table: string;
}

const ROWS_PER_INSERT = 500;

/** A value, or null for NULL; `cut` hears of those of which only the beginning is there. */
type Read = (row: number, column: number) => string | null;

/** The text of a block, piece by piece: a piece for each row, and one for what stands before and behind them. */
export function* writeRows(
  cells: CellSource,
  columns: readonly WrittenColumn[],
  block: CellBlock,
  options: WriteOptions,
  cut: (row: number, column: number) => void,
): Generator<string> {
  const read: Read = (row, column) => {
    const cell = cells.cell(row, column);
    if (cell.kind === "null") return null;
    if (cell.kind === "cut") cut(row, column);
    return cell.text;
  };
  yield* piecesOf(read, columns, block, options);
}

function piecesOf(
  read: Read,
  columns: readonly WrittenColumn[],
  block: CellBlock,
  { format, header, table }: WriteOptions,
): Generator<string> {
  switch (format) {
    case "tsv":
      return delimited(read, columns, block, "\t", header);
    case "csv":
      return delimited(read, columns, block, ",", header);
    case "json":
    case "ndjson":
      return json(read, columns, block, format === "ndjson");
    case "markdown":
      return markdown(read, columns, block);
    case "sql":
      return inserts(read, columns, block, table);
    case "in_list":
      return inList(read, columns, block);
  }
}

function* rowsOf({ rows }: CellBlock): Generator<number> {
  for (const [first, end] of rows) for (let row = first; row < end; row += 1) yield row;
}

function* delimited(
  read: Read,
  columns: readonly WrittenColumn[],
  block: CellBlock,
  separator: string,
  header: boolean,
): Generator<string> {
  const special = separator === "," ? /[,"\r\n]/ : /[\t"\r\n]/;
  // As COPY has it, where an empty text is quoted so that it is not taken for NULL; spreadsheets know no difference.
  const quoted = (text: string) =>
    special.test(text) || (separator === "," && text === "") ? `"${text.replaceAll('"', '""')}"` : text;
  if (header) yield `${block.columns.map((column) => quoted(item(columns, column).name)).join(separator)}\n`;
  for (const row of rowsOf(block)) {
    const values = block.columns.map((column) => {
      const text = read(row, column);
      return text === null ? "" : quoted(text);
    });
    yield `${values.join(separator)}\n`;
  }
}

function* json(
  read: Read,
  columns: readonly WrittenColumn[],
  block: CellBlock,
  lines: boolean,
): Generator<string> {
  const names = distinctNames(block.columns.map((column) => item(columns, column).name));
  const keys = names.map((name) => `${JSON.stringify(name)}:`);
  let separator = "[\n";
  for (const row of rowsOf(block)) {
    const members = block.columns.map(
      (column, place) => item(keys, place) + jsonValue(read(row, column), item(columns, column)),
    );
    yield lines ? `{${members.join(",")}}\n` : `${separator}{${members.join(",")}}`;
    separator = ",\n";
  }
  if (!lines) yield separator === "[\n" ? "[\n]\n" : "\n]\n";
}

/** A value as JSON. No digit is lost, since numbers stay the text that PostgreSQL wrote. */
export function jsonValue(text: string | null, { meaning, element }: WrittenColumn): string {
  if (text === null) return "null";
  return element === null ? jsonScalar(text, meaning) : jsonArray(text, element);
}

function jsonScalar(text: string, meaning: Meaning): string {
  if (meaning === "boolean") return text === "t" ? "true" : "false";
  if (meaning === "json") return text.replace(/[\r\n]/g, " ");
  return meaning === "number" && isFinite(text) ? text : JSON.stringify(text);
}

function isFinite(number: string): boolean {
  return /^-?\d/.test(number);
}

const ARRAY_TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"|[{},]|[^{},"]+/gs;

function jsonArray(text: string, element: Meaning): string {
  const inside = text.slice(Math.max(0, text.indexOf("{"))); // bounds may stand before: [0:1]={1,2}
  return inside.replace(ARRAY_TOKEN, (token, quoted?: string) => {
    if (quoted !== undefined) {
      const value = quoted.replace(/\\(.)/gs, "$1");
      return element === "json" ? jsonScalar(value, "json") : JSON.stringify(value);
    }
    if (token === "{") return "[";
    if (token === "}") return "]";
    if (token === ",") return ",";
    return token.toLowerCase() === "null" ? "null" : jsonScalar(token, element);
  });
}

function* markdown(read: Read, columns: readonly WrittenColumn[], block: CellBlock): Generator<string> {
  const shown = block.columns.map((column) => item(columns, column));
  yield `${shown.map(({ name }) => `| ${markdownText(name)} `).join("")}|\n`;
  yield `${shown.map(({ meaning }) => (meaning === "number" ? "| ---: " : "| --- ")).join("")}|\n`;
  for (const row of rowsOf(block)) {
    const values = block.columns.map((column) => {
      const text = read(row, column);
      return `| ${text === null ? "*NULL*" : markdownText(text)} `;
    });
    yield `${values.join("")}|\n`;
  }
}

function markdownText(text: string): string {
  return text
    .replace(/[|\\*`]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/\r?\n/g, "<br>");
}

function* inserts(
  read: Read,
  columns: readonly WrittenColumn[],
  block: CellBlock,
  table: string,
): Generator<string> {
  const names = distinctNames(block.columns.map((column) => item(columns, column).name)).map(quoteIdentifier);
  const head = `INSERT INTO ${table} (${names.join(", ")}) VALUES\n`;
  let rows = 0;
  for (const row of rowsOf(block)) {
    const values = block.columns.map((column) => sqlValue(read(row, column), item(columns, column)));
    yield `${rows === 0 ? head : ",\n"}(${values.join(", ")})`;
    rows = (rows + 1) % ROWS_PER_INSERT;
    if (rows === 0) yield ";\n";
  }
  if (rows > 0) yield ";\n";
}

function sqlValue(text: string | null, { meaning, element }: WrittenColumn): string {
  if (text === null) return "NULL";
  if (element === null && meaning === "boolean") return text === "t" ? "true" : "false";
  if (element === null && meaning === "number" && isFinite(text)) return text;
  return standardLiteral(text);
}

/** Each value once, as it comes first; NULL is left out, since IN finds none. */
function* inList(read: Read, columns: readonly WrittenColumn[], block: CellBlock): Generator<string> {
  const seen = new Set<string>();
  const single = block.columns.length === 1;
  let separator = "(";
  for (const row of rowsOf(block)) {
    const texts = block.columns.map((column) => read(row, column));
    if (texts.includes(null)) continue;
    const values = texts.map((text, place) => sqlValue(text, item(columns, item(block.columns, place))));
    const one = single ? item(values, 0) : `(${values.join(", ")})`;
    if (seen.has(one)) continue;
    seen.add(one);
    yield `${separator}${one}`;
    separator = ", ";
  }
  yield seen.size === 0 ? "(NULL)" : ")";
}

/** Names made different from each other: `id`, `id_2`. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let count = 2; taken.has(free); count += 1) free = `${name}_${count}`;
    taken.add(free);
    return free;
  });
}

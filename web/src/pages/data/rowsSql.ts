import type { DataContent, FilterOperator, RowFilter, RowSort } from "~/app/dataTab";
import type { TableColumn, TableShape } from "~/api/types";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";

/** Rows that are read at a time. */
export const PAGE_ROWS = 200;
/** Reads the place of a row in a table without a key. */
const PLACE = "ctid";

/** How a table's rows follow one another, and how the next page is found. */
export interface RowOrder {
  readonly parts: readonly OrderPart[];
  /** Nothing orders rows for certain, so pages are counted. */
  readonly byOffset: boolean;
}

export interface OrderPart {
  readonly column: string;
  readonly descending: boolean;
  readonly notNull: boolean;
}

/** Values by which the last row of a page is found again, in the order of `RowOrder.parts`. */
export type RowPlace = readonly (string | null)[];

/** The columns that the person may read. */
export function readableColumns(shape: TableShape): readonly TableColumn[] {
  return shape.columns.filter((column) => column.may_select);
}

/** The columns that tell which row is which; empty where none do. */
export function keyColumns(shape: TableShape): readonly string[] {
  const readable = new Set(readableColumns(shape).map(({ name }) => name));
  return shape.keys.find(({ columns }) => columns.every((name) => readable.has(name)))?.columns ?? [];
}

export function orderOf(shape: TableShape, sort: readonly RowSort[]): RowOrder {
  const readable = new Map(readableColumns(shape).map((column) => [column.name, column]));
  const sorted = sort.filter(({ column }) => readable.get(column)?.comparable === true);
  const descending = sorted.at(-1)?.descending ?? false;
  const key = keyColumns(shape).filter((name) => !sorted.some(({ column }) => column === name));
  const parts = sorted.map((by) => ({ ...by, notNull: readable.get(by.column)?.not_null === true }));
  const rest = key.map((column) => ({ column, descending, notNull: true }));
  if (keyColumns(shape).length > 0) return { parts: [...parts, ...rest], byOffset: false };
  if (shape.kind === "table" || shape.kind === "materialized_view") {
    return { parts: [...parts, { column: PLACE, descending: false, notNull: true }], byOffset: false };
  }
  return { parts, byOffset: true };
}

/** Whether `ctid` is read besides the columns. */
export function readsPlace({ parts }: RowOrder): boolean {
  return parts.some(({ column }) => column === PLACE);
}

/** The statement for the page behind `after`, or behind so many rows. */
export function pageSql(
  shape: TableShape,
  content: Pick<DataContent, "filters" | "where">,
  order: RowOrder,
  after: RowPlace | null,
  offset: number,
): string {
  const names = readableColumns(shape).map(({ name }) => quoteIdentifier(name));
  if (readsPlace(order)) names.push(PLACE);
  const conditions = conditionsOf(shape, content);
  if (after && !order.byOffset) conditions.push(behind(order.parts, after));
  const by = order.parts.map(({ column, descending }) => `${nameOf(column)}${descending ? " desc" : ""}`);
  const lines = [
    `select ${names.join(", ")}`,
    `from ${tableName(shape)}`,
    ...(conditions.length > 0 ? [`where ${conditions.join("\n  and ")}`] : []),
    ...(by.length > 0 ? [`order by ${by.join(", ")}`] : []),
    `limit ${PAGE_ROWS}${order.byOffset && offset > 0 ? ` offset ${offset}` : ""}`,
  ];
  return lines.join("\n");
}

export function countSql(shape: TableShape, content: Pick<DataContent, "filters" | "where">): string {
  return `select count(*)\n${fromAndWhere(shape, content)}`;
}

/** Asks the planner how many rows there are. */
export function estimateSql(shape: TableShape, content: Pick<DataContent, "filters" | "where">): string {
  return `explain (format json)\nselect 1\n${fromAndWhere(shape, content)}`;
}

/** What the table shows, as a query of one's own. */
export function querySql(shape: TableShape, content: DataContent): string {
  const order = content.sort.map(
    ({ column, descending }) => `${quoteIdentifier(column)}${descending ? " desc" : ""}`,
  );
  const names = readableColumns(shape).map(({ name }) => quoteIdentifier(name));
  const by = order.length > 0 ? `\norder by ${order.join(", ")}` : "";
  return `select ${names.join(", ")}\n${fromAndWhere(shape, content)}${by};\n`;
}

export function tableName({ schema, name }: { schema: string; name: string }): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

function fromAndWhere(shape: TableShape, content: Pick<DataContent, "filters" | "where">): string {
  const conditions = conditionsOf(shape, content);
  return `from ${tableName(shape)}${conditions.length > 0 ? `\nwhere ${conditions.join("\n  and ")}` : ""}`;
}

function conditionsOf(
  shape: TableShape,
  { filters, where }: Pick<DataContent, "filters" | "where">,
): string[] {
  const own = filters.flatMap((filter) => {
    const column = shape.columns.find(({ name }) => name === filter.column);
    return column ? [filterSql(filter, column)] : [];
  });
  // On lines of its own, so that a comment at its end hides nothing.
  return where.trim() === "" ? own : [...own, `(\n${where.trim()}\n)`];
}

export const OPERATORS: Readonly<Record<FilterOperator, string>> = {
  is: "is",
  is_not: "is not",
  any_of: "is one of",
  contains: "contains",
  starts: "starts with",
  less: "<",
  at_most: "≤",
  greater: ">",
  at_least: "≥",
  last: "in the last",
  null: "is NULL",
  not_null: "is not NULL",
};

/** What can be asked of a column, the usual first. */
export function operatorsOf(column: TableColumn): FilterOperator[] {
  const nulls: FilterOperator[] = ["null", "not_null"];
  if (!column.comparable) return ["contains", ...nulls];
  const compared: FilterOperator[] = ["is", "is_not", "any_of"];
  const ordered: FilterOperator[] = ["less", "at_most", "greater", "at_least"];
  switch (column.category) {
    case "S":
      return [...compared, "contains", "starts", ...ordered, ...nulls];
    case "D":
      return [...compared, "last", ...ordered, ...nulls];
    case "B":
      return ["is", ...nulls];
    case "A":
    case "U":
      return ["contains", ...compared, ...nulls];
    default:
      return [...compared, ...ordered, "contains", ...nulls];
  }
}

function filterSql({ operator, value }: RowFilter, column: TableColumn): string {
  const name = quoteIdentifier(column.name);
  const equal = column.comparable ? name : `format('%s', ${name})`;
  switch (operator) {
    case "is":
      return `${equal} = ${literal(value)}`;
    case "is_not":
      return `${equal} is distinct from ${literal(value)}`;
    case "any_of": {
      const values = value
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "");
      return values.length === 0 ? "false" : `${equal} in (${values.map(literal).join(", ")})`;
    }
    case "contains":
      return `${textOf(name, column)} ilike ${literal(`%${escapeLike(value)}%`)}`;
    case "starts":
      return `${textOf(name, column)} like ${literal(`${escapeLike(value)}%`)}`;
    case "less":
      return `${name} < ${literal(value)}`;
    case "at_most":
      return `${name} <= ${literal(value)}`;
    case "greater":
      return `${name} > ${literal(value)}`;
    case "at_least":
      return `${name} >= ${literal(value)}`;
    case "last":
      return `${name} >= now() - interval ${literal(value)}`;
    case "null":
      return `${name} is null`;
    case "not_null":
      return `${name} is not null`;
  }
}

function textOf(name: string, column: TableColumn): string {
  return column.category === "S" ? name : `format('%s', ${name})`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

/** Good under either setting of `standard_conforming_strings`. */
function literal(text: string): string {
  return text.includes("\\") ? `E${quoteLiteral(text.replaceAll("\\", "\\\\"))}` : quoteLiteral(text);
}

function nameOf(column: string): string {
  return column === PLACE ? PLACE : quoteIdentifier(column);
}

/**
 * The rows behind one. PostgreSQL puts NULL last when it sorts upwards and first when it sorts downwards. Where nothing is
 * NULL and all columns go one way a comparison of rows does, which an index can answer.
 */
function behind(parts: readonly OrderPart[], place: RowPlace): string {
  const names = parts.map(({ column }) => nameOf(column));
  const oneWay = parts.every(({ descending }) => descending === parts[0]?.descending);
  if (oneWay && parts.every(({ notNull }, at) => notNull && place[at] !== null)) {
    const operator = parts[0]?.descending === true ? "<" : ">";
    const values = place.map((value, at) => placeLiteral(names[at] ?? "", value));
    if (names.length === 1) return `${names[0]} ${operator} ${values[0]}`;
    return `(${names.join(", ")}) ${operator} (${values.join(", ")})`;
  }
  const alternatives = parts.flatMap((part, at) => {
    const here = behindOne(part, names[at] ?? "", place[at] ?? null);
    if (here === null) return [];
    const before = names.slice(0, at).map((name, index) => {
      const value = place[index] ?? null;
      return value === null ? `${name} is null` : `${name} = ${placeLiteral(name, value)}`;
    });
    return [[...before, here].join(" and ")];
  });
  return alternatives.length === 0 ? "false" : `(${alternatives.join("\n    or ")})`;
}

function behindOne({ descending, notNull }: OrderPart, name: string, value: string | null): string | null {
  if (value === null) return descending ? `${name} is not null` : null;
  const compared = `${name} ${descending ? "<" : ">"} ${placeLiteral(name, value)}`;
  return descending || notNull ? compared : `(${compared} or ${name} is null)`;
}

function placeLiteral(name: string, value: string | null): string {
  const text = literal(value ?? "");
  return name === PLACE ? `${text}::tid` : text;
}

import type { DataContent, KnownCells, RowSort } from "~/app/dataTab";
import type { TableColumn, TableShape } from "~/api/types";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";
import { filtersSql } from "./filterSql";

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
  readonly nullsFirst: boolean;
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
  const parts = sorted.map(({ column, descending, nulls }) => ({
    column,
    descending,
    nullsFirst: nulls === undefined ? descending : nulls === "first",
    notNull: readable.get(column)?.not_null === true,
  }));
  const rest = key.map((column) => ({ column, descending, nullsFirst: descending, notNull: true }));
  if (keyColumns(shape).length > 0) return { parts: [...parts, ...rest], byOffset: false };
  if (shape.kind === "table" || shape.kind === "materialized_view") {
    const place = { column: PLACE, descending: false, nullsFirst: false, notNull: true };
    return { parts: [...parts, place], byOffset: false };
  }
  return { parts, byOffset: true };
}

/** The same rows from the other end. */
export function reversed(order: RowOrder): RowOrder {
  const turned = (part: OrderPart) => ({
    ...part,
    descending: !part.descending,
    nullsFirst: !part.nullsFirst,
  });
  return { ...order, parts: order.parts.map(turned) };
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
  limit: number,
): string {
  const names = readableColumns(shape).map(({ name }) => quoteIdentifier(name));
  if (readsPlace(order)) names.push(PLACE);
  const conditions = conditionsOf(shape, content);
  if (after && !order.byOffset) conditions.push(behind(order.parts, after));
  const by = order.parts.map((part) => orderSql(nameOf(part.column), part));
  const lines = [
    `select ${names.join(", ")}`,
    `from ${tableName(shape)}`,
    ...(conditions.length > 0 ? [`where ${conditions.join("\n  and ")}`] : []),
    ...(by.length > 0 ? [`order by ${by.join(", ")}`] : []),
    `limit ${limit}${order.byOffset && offset > 0 ? ` offset ${offset}` : ""}`,
  ];
  return lines.join("\n");
}

/** The rows with these keys, be they narrowed out or not; in the last column whether they fulfil the conditions. */
export function changedSql(
  shape: TableShape,
  content: Pick<DataContent, "filters" | "where">,
  keys: readonly KnownCells[],
): string {
  const names = readableColumns(shape).map(({ name }) => quoteIdentifier(name));
  const conditions = conditionsOf(shape, content);
  const one = (key: KnownCells) =>
    Object.entries(key)
      .map(([name, value]) => `${quoteIdentifier(name)} = ${quoteLiteral(value ?? "")}`)
      .join(" and ");
  return [
    `select ${names.join(", ")}, (${conditions.join("\n  and ")}) is true`,
    `from ${tableName(shape)}`,
    `where ${keys.map((key) => `(${one(key)})`).join("\n  or ")}`,
  ].join("\n");
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
  const names = readableColumns(shape).map(({ name }) => quoteIdentifier(name));
  return `${selectSql(shape, content, names)};\n`;
}

/** The rows that the table shows, all of them, with some columns. */
export function selectSql(
  shape: TableShape,
  content: Pick<DataContent, "filters" | "where" | "sort">,
  names: readonly string[],
): string {
  const order = orderOf(shape, content.sort)
    .parts.filter(({ column }) => content.sort.some((by) => by.column === column))
    .map((part) => orderSql(quoteIdentifier(part.column), part));
  const by = order.length > 0 ? `\norder by ${order.join(", ")}` : "";
  return `select ${names.join(", ")}\n${fromAndWhere(shape, content)}${by}`;
}

function orderSql(name: string, { descending, nullsFirst }: OrderPart): string {
  const nulls = nullsFirst === descending ? "" : nullsFirst ? " nulls first" : " nulls last";
  return `${name}${descending ? " desc" : ""}${nulls}`;
}

/** The condition as it stands in a statement; a semicolon at its end is one too many. */
export function conditionText(where: string): string {
  return where.trim().replace(/[;\s]+$/, "");
}

/** Where the condition begins in a statement that reads rows; null where it has none. */
export function conditionOffset(sql: string, where: string): number | null {
  const at = sql.lastIndexOf(`(\n${conditionText(where)}\n)`);
  return conditionText(where) === "" || at < 0 ? null : at + 2;
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
  const own = filtersSql(shape, filters);
  const text = conditionText(where);
  // On lines of its own, so that a comment at its end hides nothing.
  return text === "" ? own : [...own, `(\n${text}\n)`];
}

function nameOf(column: string): string {
  return column === PLACE ? PLACE : quoteIdentifier(column);
}

/**
 * The rows behind one. Where nothing is NULL and all columns go one way a comparison of rows does, which an index can
 * answer.
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

/** Rows behind a value in one column; null where there is none. */
function behindOne(part: OrderPart, name: string, value: string | null): string | null {
  const { descending, nullsFirst, notNull } = part;
  if (value === null) return nullsFirst ? `${name} is not null` : null;
  const compared = `${name} ${descending ? "<" : ">"} ${placeLiteral(name, value)}`;
  return nullsFirst || notNull ? compared : `(${compared} or ${name} is null)`;
}

function placeLiteral(name: string, value: string | null): string {
  const text = quoteLiteral(value ?? "");
  return name === PLACE ? `${text}::tid` : text;
}

import type { FilterOperator, RowFilter } from "~/app/dataTab";
import type { TableColumn, TableShape } from "~/api/types";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";

/** What the comparisons are called. */
export const OPERATORS: Readonly<Record<FilterOperator, string>> = {
  is: "is",
  is_not: "is not",
  any_of: "is any of",
  none_of: "is none of",
  contains: "contains",
  not_contains: "does not contain",
  starts: "starts with",
  ends: "ends with",
  matches: "matches pattern",
  between: "is between",
  has: "has",
  has_key: "has key",
  within: "is within",
  words: "has words",
  less: "<",
  at_most: "≤",
  greater: ">",
  at_least: "≥",
  last: "in the last",
  null: "is NULL",
  not_null: "is not NULL",
};

/** How a value is written where that does not show by itself. */
export const EXAMPLES: Partial<Readonly<Record<FilterOperator, string>>> = {
  any_of: "one, two",
  none_of: "one, two",
  between: "from, to",
  last: "7 days",
  matches: "^a.*z$",
  words: "both words -not",
};

const JSONB = 3802;
const TSVECTOR = 3614;

/** What can be asked of a column, the usual first. */
export function operatorsOf(column: TableColumn): FilterOperator[] {
  const nulls: FilterOperator[] = ["null", "not_null"];
  const texts: FilterOperator[] = ["contains", "not_contains"];
  if (column.base_type_oid === JSONB) return ["has", "has_key", "is", "is_not", ...texts, ...nulls];
  if (column.base_type_oid === TSVECTOR) return ["words", ...texts, ...nulls];
  const compared: FilterOperator[] = ["is", "is_not", "any_of", "none_of"];
  const ordered: FilterOperator[] = ["less", "at_most", "greater", "at_least", "between"];
  if (column.category === "A") return ["has", ...(column.comparable ? compared : []), ...texts, ...nulls];
  if (!column.comparable) return [...texts, ...nulls];
  switch (column.category) {
    case "S":
      return [...compared, ...texts, "starts", "ends", "matches", "words", ...ordered, ...nulls];
    case "D":
      return [...compared, "last", ...ordered, ...nulls];
    case "B":
      return ["is", "is_not", ...nulls];
    case "I":
      return [...compared, "within", ...ordered, ...texts, ...nulls];
    case "R":
      return ["has", "within", ...compared, ...texts, ...nulls];
    case "U":
      return [...compared, ...texts, ...ordered, ...nulls];
    default:
      return [...compared, ...ordered, ...texts, ...nulls];
  }
}

/** Filters as conditions that must all be fulfilled. Filters that are joined by OR are one of them. */
export function filtersSql(shape: TableShape, filters: readonly RowFilter[]): string[] {
  const groups: string[][] = [];
  for (const filter of filters) {
    const column = shape.columns.find(({ name }) => name === filter.column);
    if (!column) continue;
    const sql = filterSql(filter, column);
    const last = groups.at(-1);
    if (filter.or === true && last) last.push(sql);
    else groups.push([sql]);
  }
  return groups.map((group) => (group.length === 1 ? (group[0] ?? "true") : `(${group.join(" or ")})`));
}

/** A condition with filters besides, as one text. */
export function withFilters(shape: TableShape, where: string, filters: readonly RowFilter[]): string {
  const written = filtersSql(shape, filters);
  const text = where.trim().replace(/[;\s]+$/, "");
  if (text === "") return written.join("\n  and ");
  return [`(${text.includes("--") ? `${text}\n` : text})`, ...written].join("\n  and ");
}

export function hasValue(operator: FilterOperator): boolean {
  return operator !== "null" && operator !== "not_null";
}

function filterSql({ operator, value }: RowFilter, column: TableColumn): string {
  const name = quoteIdentifier(column.name);
  const equal = column.comparable ? name : `format('%s', ${name})`;
  switch (operator) {
    case "is":
      return `${equal} = ${quoteLiteral(value)}`;
    case "is_not":
      return `${equal} is distinct from ${quoteLiteral(value)}`;
    case "any_of":
    case "none_of": {
      const values = listed(value).map(quoteLiteral).join(", ");
      if (operator === "any_of") return values === "" ? "false" : `${equal} in (${values})`;
      return values === "" ? "true" : `${equal} not in (${values})`;
    }
    case "contains":
      return `${textOf(name, column)} ilike ${quoteLiteral(`%${escapeLike(value)}%`)}`;
    case "not_contains":
      return `${textOf(name, column)} not ilike ${quoteLiteral(`%${escapeLike(value)}%`)}`;
    case "starts":
      return `${textOf(name, column)} like ${quoteLiteral(`${escapeLike(value)}%`)}`;
    case "ends":
      return `${textOf(name, column)} like ${quoteLiteral(`%${escapeLike(value)}`)}`;
    case "matches":
      return `${textOf(name, column)} ~* ${quoteLiteral(value)}`;
    case "between": {
      const [from = "", to = ""] = listed(value);
      return `${name} between ${quoteLiteral(from)} and ${quoteLiteral(to)}`;
    }
    case "has":
      return column.category === "A"
        ? `${quoteLiteral(value)} = any (${name})`
        : `${name} @> ${quoteLiteral(value)}`;
    case "has_key":
      return `${name} ? ${quoteLiteral(value)}`;
    case "within":
      return column.category === "I"
        ? `${name} <<= ${quoteLiteral(value)}`
        : `${name} <@ ${quoteLiteral(value)}`;
    case "words": {
      const words = column.base_type_oid === TSVECTOR ? name : `to_tsvector(${name})`;
      return `${words} @@ websearch_to_tsquery(${quoteLiteral(value)})`;
    }
    case "less":
      return `${name} < ${quoteLiteral(value)}`;
    case "at_most":
      return `${name} <= ${quoteLiteral(value)}`;
    case "greater":
      return `${name} > ${quoteLiteral(value)}`;
    case "at_least":
      return `${name} >= ${quoteLiteral(value)}`;
    case "last":
      return `${name} >= now() - interval ${quoteLiteral(value)}`;
    case "null":
      return `${name} is null`;
    case "not_null":
      return `${name} is not null`;
  }
}

/** Values with commas between them; one that holds a comma or outer spaces stands in double quotes. */
export function listed(text: string): string[] {
  const found = text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g);
  const values: string[] = [];
  for (const [, quoted, plain] of found) {
    const value = quoted === undefined ? (plain ?? "").trim() : quoted.replaceAll('""', '"');
    if (quoted !== undefined || value !== "") values.push(value);
  }
  return values;
}

function textOf(name: string, column: TableColumn): string {
  return column.category === "S" ? name : `format('%s', ${name})`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

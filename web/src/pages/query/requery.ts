import type { Arrangement, Condition } from "~/grid/arrangement";
import type { GridColumnView } from "~/grid/columns";
import { nextToken } from "~/editor/sqlLexer";
import { distinctNames } from "~/grid/writeRows";
import { item } from "~/run/item";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";

/** Types that PostgreSQL does not compare, or by something else than the value; the page has their text. */
const WITHOUT_ORDER = new Set(["json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"]);
const MAY_STAND_INSIDE = new Set(["select", "values", "table", "with", "("]);

/**
 * A statement that has PostgreSQL sort and filter all rows; null where the first one cannot stand in another. Columns of
 * one name are told apart by their places.
 */
export function requery(
  sql: string,
  columns: readonly GridColumnView[],
  arrangement: Arrangement,
): string | null {
  const { sort, conditions } = arrangement;
  if (!MAY_STAND_INSIDE.has(firstWord(sql))) return null;
  const names = columns.map(({ name }) => name);
  const distinct = distinctNames(names.map((name) => (name === "" ? "column" : name)));
  const isPlain = names.every((name, place) => name === distinct[place]);
  const sqlNames = distinct.map(quoteIdentifier);
  const valueOf = (column: number) =>
    `${item(sqlNames, column)}${WITHOUT_ORDER.has(item(columns, column).type) ? "::text" : ""}`;
  const wheres = conditions.map((condition) => conditionSql(valueOf(condition.column), condition));
  const orders = sort.map(({ column, descending }) => `${valueOf(column)}${descending ? " desc" : ""}`);
  return [
    `select *\nfrom (\n${sql}\n) as result${isPlain ? "" : ` (${sqlNames.join(", ")})`}`,
    ...(wheres.length > 0 ? [`where ${wheres.join("\n  and ")}`] : []),
    ...(orders.length > 0 ? [`order by ${orders.join(", ")}`] : []),
  ].join("\n");
}

function conditionSql(name: string, { operator, text }: Condition): string {
  switch (operator) {
    case "contains":
      return `${name}::text ilike ${quoteLiteral(`%${text.replace(/[\\%_]/g, "\\$&")}%`)}`;
    case "equals":
      return `${name} = ${quoteLiteral(text)}`;
    case "differs":
      return `${name} is distinct from ${quoteLiteral(text)}`;
    case "less":
      return `${name} < ${quoteLiteral(text)}`;
    case "greater":
      return `${name} > ${quoteLiteral(text)}`;
    case "null":
      return `${name} is null`;
    case "not_null":
      return `${name} is not null`;
  }
}

function firstWord(sql: string): string {
  let token = nextToken(sql, 0);
  while (token?.kind === "comment") token = nextToken(sql, token.to);
  return token ? sql.slice(token.from, token.to).toLowerCase() : "";
}

import type { Arrangement, Condition } from "~/grid/arrangement";
import type { GridColumnView } from "~/grid/columns";
import { nextToken } from "~/editor/sqlLexer";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";

const MAY_STAND_INSIDE = new Set(["select", "values", "table", "with", "("]);

/**
 * A statement that has PostgreSQL sort and filter all rows; null where the first one cannot stand in another, or where
 * two columns of one name are meant.
 */
export function requery(
  sql: string,
  columns: readonly GridColumnView[],
  arrangement: Arrangement,
): string | null {
  const { sort, conditions } = arrangement;
  if (!MAY_STAND_INSIDE.has(firstWord(sql))) return null;
  const nameOf = (column: number): string | null => {
    const name = columns[column]?.name;
    if (name === undefined || columns.filter((other) => other.name === name).length > 1) return null;
    return quoteIdentifier(name);
  };
  const wheres = conditions.map((condition) => {
    const name = nameOf(condition.column);
    return name === null ? null : conditionSql(name, condition);
  });
  const orders = sort.map(({ column, descending }) => {
    const name = nameOf(column);
    return name === null ? null : `${name}${descending ? " desc" : ""}`;
  });
  if (wheres.includes(null) || orders.includes(null)) return null;
  return [
    `select *\nfrom (\n${sql}\n) as result`,
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

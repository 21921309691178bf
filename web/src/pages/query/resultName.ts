import { nextToken } from "~/editor/sqlLexer";
import type { Strings } from "~/editor/strings";
import { item } from "~/run/item";
import { quoteIdentifier } from "~/run/quote";

const COMES_BEFORE_A_TABLE = new Set(["from", "into", "update", "table"]);
/** May stand between such a word and the table. */
const STANDS_BETWEEN = new Set(["only", "lateral"]);
const BEGINS_A_QUERY = new Set(["select", "with"]);

/**
 * A short name for a result: the first table that the statement itself names, or else one of a query in it, or else its
 * first word.
 */
export function resultName(sql: string, strings: Strings): string {
  const { table, first } = look(sql, strings);
  if (table) return item(table, table.length - 1);
  return first === "" ? "result" : first;
}

/** That table, as SQL; null where the statement names none. */
export function namedTable(sql: string, strings: Strings): string | null {
  return look(sql, strings).table?.map(quoteIdentifier).join(".") ?? null;
}

function look(sql: string, strings: Strings): { table: readonly string[] | null; first: string } {
  let first = "";
  let inner: readonly string[] | null = null;
  let before = "";
  let awaits = false;
  /** Of each open parenthesis, whether a query stands in it: not so in `extract(year from …)`. */
  const open: boolean[] = [];
  const next = (position: number) => nextToken(sql, position, strings);
  for (let token = next(0); token; token = next(token.to)) {
    if (token.kind === "comment") continue;
    const text = sql.slice(token.from, token.to);
    const word = token.kind === "word" ? text.toLowerCase() : "";
    if (before === "(") open[open.length - 1] = BEGINS_A_QUERY.has(word);
    if (text === "(") open.push(false);
    if (text === ")") open.pop();
    if (first === "") first = word;
    const isName = word !== "" || text.startsWith('"');
    if (awaits && isName && !STANDS_BETWEEN.has(word)) {
      const table = partsOf(sql, token.from);
      if (open.length === 0) return { table, first };
      inner ??= table;
    }
    const isDistinct = word === "from" && before === "distinct";
    awaits =
      (COMES_BEFORE_A_TABLE.has(word) && !isDistinct && open.every(Boolean)) ||
      (awaits && STANDS_BETWEEN.has(word));
    before = word === "" ? text : word;
  }
  return { table: inner, first };
}

/** `shop` and `orders` of `shop.orders`. */
function partsOf(sql: string, from: number): string[] {
  const parts: string[] = [];
  for (let token = nextToken(sql, from); token; token = nextToken(sql, token.to + 1)) {
    parts.push(unquoted(sql.slice(token.from, token.to)));
    if (sql.charAt(token.to) !== ".") break;
  }
  return parts;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

import { nextToken } from "~/editor/sqlLexer";
import type { Strings } from "~/editor/strings";

const COMES_BEFORE_A_TABLE = new Set(["from", "into", "update", "table"]);
/** May stand between such a word and the table. */
const STANDS_BETWEEN = new Set(["only", "lateral"]);
const BEGINS_A_QUERY = new Set(["select", "with"]);

/**
 * A short name for a result: the first table that the statement itself names, or else one of a query in it, or else its
 * first word.
 */
export function resultName(sql: string, strings: Strings): string {
  let first = "";
  let inner: string | null = null;
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
      if (open.length === 0) return lastPart(sql, token.from);
      inner ??= lastPart(sql, token.from);
    }
    const isDistinct = word === "from" && before === "distinct";
    awaits =
      (COMES_BEFORE_A_TABLE.has(word) && !isDistinct && open.every(Boolean)) ||
      (awaits && STANDS_BETWEEN.has(word));
    before = word === "" ? text : word;
  }
  return inner ?? (first === "" ? "result" : first);
}

/** `orders` of `shop.orders`. */
function lastPart(sql: string, from: number): string {
  let name = "";
  for (let token = nextToken(sql, from); token; token = nextToken(sql, token.to + 1)) {
    name = unquoted(sql.slice(token.from, token.to));
    if (sql.charAt(token.to) !== ".") break;
  }
  return name;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

import { nextToken } from "~/editor/sqlLexer";
import type { Strings } from "~/editor/strings";

const COMES_BEFORE_A_TABLE = new Set(["from", "into", "update", "table"]);

/** A short name for a result: the first table that the statement names, or else its first word. */
export function resultName(sql: string, strings: Strings): string {
  let first = "";
  const next = (position: number) => nextToken(sql, position, strings);
  for (let token = next(0), awaits = false; token; token = next(token.to)) {
    if (token.kind === "comment") continue;
    const text = sql.slice(token.from, token.to);
    const isName = token.kind === "word" || text.startsWith('"');
    if (awaits && isName) return lastPart(sql, token.from);
    if (token.kind === "word" && first === "") first = text.toLowerCase();
    awaits = token.kind === "word" && COMES_BEFORE_A_TABLE.has(text.toLowerCase());
  }
  return first === "" ? "result" : first;
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

import { nextToken } from "~/editor/sqlLexer";
import type { Strings } from "~/editor/strings";
import { item } from "~/run/item";
import { quoteIdentifier } from "~/run/quote";

const COMES_BEFORE_A_TABLE = new Set(["from", "into", "update", "table"]);

/** A short name for a result: the first table that the statement names, or else its first word. */
export function resultName(sql: string, strings: Strings): string {
  const { table, first } = look(sql, strings);
  if (table) return item(table.parts, table.parts.length - 1);
  return first === "" ? "result" : first;
}

/** The first table that the statement names, as SQL; null where it names none. */
export function namedTable(sql: string, strings: Strings): string | null {
  return look(sql, strings).table?.parts.map(quoteIdentifier).join(".") ?? null;
}

function look(sql: string, strings: Strings): { table: { parts: readonly string[] } | null; first: string } {
  let first = "";
  const next = (position: number) => nextToken(sql, position, strings);
  for (let token = next(0), awaits = false; token; token = next(token.to)) {
    if (token.kind === "comment") continue;
    const text = sql.slice(token.from, token.to);
    const isName = token.kind === "word" || text.startsWith('"');
    if (awaits && isName) return { table: { parts: partsOf(sql, token.from) }, first };
    if (token.kind === "word" && first === "") first = text.toLowerCase();
    awaits = token.kind === "word" && COMES_BEFORE_A_TABLE.has(text.toLowerCase());
  }
  return { table: null, first };
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

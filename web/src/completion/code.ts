import type { Strings } from "~/editor/strings";
import { type Offer, RANK } from "./offer";
import { quoteIdentifier } from "~/run/quote";
import { isName, isSymbol, isWord, tokensOf, type Word } from "./tokens";

/** A statement within the code of a function or of DO. */
export interface Code {
  readonly start: number;
  readonly end: number;
  /** Names of arguments and variables, with their types. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Words of PL/pgSQL behind which a statement may begin. */
const OPENING = ["begin", "then", "else", "loop", "declare"] as const;
/** What these begin is SQL, or holds it, up to its semicolon. */
const SQL = ["select", "insert", "update", "delete", "merge", "with", "perform", "return", "values"] as const;
const MODES = ["in", "out", "inout", "variadic"] as const;

/** The statement around a place within a dollar quote; null where the place is in none. */
export function codeAround(
  words: readonly Word[],
  text: string,
  position: number,
  strings: Strings,
): Code | null {
  const at = words.findIndex(({ from, to }) => from < position && position <= to);
  const quote = words[at];
  if (quote?.kind !== "text" || !holdsCode(words.slice(0, at))) return null;
  const tag = /^\$[^$]*\$/.exec(text.slice(quote.from, quote.to))?.[0];
  if (tag === undefined) return null;
  const begin = quote.from + tag.length;
  const closed = quote.to >= begin + tag.length && text.endsWith(tag, quote.to);
  const end = closed ? quote.to - tag.length : quote.to;
  if (position < begin || position > end) return null;
  const code = tokensOf(text.slice(0, end), begin, end, strings);
  const variables = new Map([...argumentsIn(words.slice(0, at), text), ...declaredIn(code, text)]);
  return { ...statementAround(code, position, end), variables };
}

/** Whether the text behind these words is code: of DO, of a routine, or what EXECUTE runs. */
function holdsCode(before: readonly Word[]): boolean {
  const [first] = before;
  const makes =
    isWord(first, "create") && before.slice(1, 4).some((word) => isWord(word, "function", "procedure"));
  return makes || isWord(first, "do") || isWord(before.at(-1), "execute");
}

function statementAround(code: readonly Word[], position: number, end: number) {
  let first: Word | null = null;
  let start = code[0]?.from ?? end;
  for (const word of code) {
    const ends = isSymbol(word, ";") && word.depth === 0;
    if (ends && word.from >= position) return { start: Math.min(start, position), end: word.from };
    if (word.to > position && word.from >= position) continue;
    const opens = isWord(word, ...OPENING) && !isWord(first ?? undefined, ...SQL) && word.to < position;
    if (ends || opens) {
      first = null;
      start = word.to;
    } else first ??= word;
  }
  return { start: Math.min(start, position), end };
}

/** `create function f(a int, out b text) returns … as $$` */
function argumentsIn(head: readonly Word[], text: string): [string, string][] {
  if (!isWord(head[0], "create")) return [];
  const open = head.findIndex((word) => isSymbol(word, "("));
  const close = head.findIndex((word, at) => at > open && isSymbol(word, ")") && word.depth === 0);
  if (open < 0 || close < 0) return [];
  const list: Word[][] = [[]];
  for (const word of head.slice(open + 1, close)) {
    if (isSymbol(word, ",") && word.depth === 1) list.push([]);
    else list.at(-1)?.push(word);
  }
  return list.flatMap((entry) => named(isWord(entry[0], ...MODES) ? entry.slice(1) : entry, text));
}

/** What stands between DECLARE and BEGIN. */
function declaredIn(code: readonly Word[], text: string): [string, string][] {
  const declared: [string, string][] = [];
  let entry: Word[] | null = null;
  for (const word of code) {
    if (isWord(word, "declare")) entry = [];
    else if (isWord(word, "begin")) entry = null;
    else if (entry && isSymbol(word, ";")) {
      declared.push(...named(entry, text));
      entry = [];
    } else entry?.push(word);
  }
  return declared;
}

/** A name with the type behind it. */
function named([name, ...rest]: readonly Word[], text: string): [string, string][] {
  const end = rest.findIndex(
    (word) => isWord(word, "default", "not") || isSymbol(word, "=") || isSymbol(word, ":"),
  );
  const type = end < 0 ? rest : rest.slice(0, end);
  const [first, last] = [type.at(0), type.at(-1)];
  return isName(name) && first && last ? [[name.value, text.slice(first.from, last.to)]] : [];
}

/** What code can speak of besides columns. */
export function variableOffers(variables: Code["variables"]): Offer[] {
  return [...variables].map(([label, detail]) => ({
    label,
    kind: "alias",
    insert: quoteIdentifier(label),
    detail,
    rank: RANK.alias,
  }));
}

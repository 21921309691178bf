import { nextToken, type SqlToken } from "~/editor/sqlLexer";
import type { Strings } from "~/editor/strings";

/** A token of a statement, and how deep in parentheses it stands. */
export interface Word {
  readonly from: number;
  readonly to: number;
  readonly kind: "word" | "name" | "text" | "symbol";
  /** A word in lower case, the name that is meant, or the symbol. */
  readonly value: string;
  readonly depth: number;
}

/** Tokens of a statement without its comments. A closing parenthesis is as deep as its opening one. */
export function tokensOf(text: string, from: number, to: number, strings: Strings = "standard"): Word[] {
  const words: Word[] = [];
  let depth = 0;
  const next = (position: number) => nextToken(text, position, strings);
  for (let token = next(from); token && token.from < to; token = next(token.to)) {
    if (token.kind === "comment" || token.kind === "command") continue;
    const raw = text.slice(token.from, Math.min(token.to, to));
    if (raw === ")") depth = Math.max(0, depth - 1);
    const kind = kindOf(token.kind, raw);
    const value = kind === "word" || kind === "name" ? nameOf(raw) : raw;
    words.push({ from: token.from, to: token.to, kind, value, depth });
    if (raw === "(") depth += 1;
  }
  return words;
}

function kindOf(kind: Exclude<SqlToken["kind"], "comment" | "command">, raw: string): Word["kind"] {
  if (kind === "quoted") return raw.startsWith('"') ? "name" : "text";
  return kind === "variable" ? "text" : kind;
}

export function isName(word: Word | undefined): word is Word {
  return word !== undefined && (word.kind === "word" || word.kind === "name");
}

export function isWord(word: Word | undefined, ...values: readonly string[]): boolean {
  return word?.kind === "word" && values.includes(word.value);
}

export function isSymbol(word: Word | undefined, value: string): boolean {
  return word?.kind === "symbol" && word.value === value;
}

/** The name that a word or a quoted text of SQL means. */
export function nameOf(text: string): string {
  if (!text.startsWith('"')) return text.toLowerCase();
  const closed = text.length > 1 && text.endsWith('"');
  return text.slice(1, closed ? -1 : undefined).replaceAll('""', '"');
}

/** A name with what qualifies it, such as `shop.orders`. */
export interface Chain {
  readonly names: readonly string[];
  /** The index of its first word. */
  readonly from: number;
}

/** The name that ends with the word before `end`; null where there is none. */
export function chainBefore(words: readonly Word[], end: number): Chain | null {
  let from = end - 1;
  const last = words[from];
  if (!isName(last)) return null;
  const names = [last.value];
  for (let name = words[from - 2]; isSymbol(words[from - 1], ".") && isName(name); name = words[from - 2]) {
    names.unshift(name.value);
    from -= 2;
  }
  return { names, from };
}

/** The index of the parenthesis that a place behind `words` stands in; -1 outside of all. */
export function openingOf(words: readonly Word[]): number {
  const last = words.at(-1);
  const depth = isSymbol(last, "(") ? (last?.depth ?? 0) + 1 : (last?.depth ?? 0);
  return words.findLastIndex((word) => isSymbol(word, "(") && word.depth === depth - 1);
}

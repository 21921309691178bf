import { nextToken, type SqlToken } from "./sqlLexer";

/** A statement's text, from its first token to its last, without the semicolon. */
export interface StatementSpan {
  readonly from: number;
  readonly to: number;
  /** Behind the semicolon, or where the text ends. */
  readonly end: number;
}

/** The statements of a script. */
export function splitStatements(text: string): StatementSpan[] {
  const found: StatementSpan[] = [];
  for (let at = 0; ;) {
    const span = nextStatement(text, at);
    if (!span) return found;
    found.push(span);
    at = span.end;
  }
}

/**
 * The statement that a cursor at `position` means, by the server's rule: the one that it stands in, directly behind, or
 * on whose last line; otherwise the one that follows, or else the last one.
 */
export function statementAt(
  text: string,
  spans: readonly StatementSpan[],
  position: number,
): StatementSpan | null {
  const at = spans.findLastIndex((span) => span.from <= position);
  const before = spans[at];
  if (before && !text.slice(before.end, position).includes("\n")) return before;
  return spans[at + 1] ?? before ?? null;
}

/** What was edited, from its first changed character on. */
export interface Edit {
  readonly from: number;
  /** Behind the last changed character, in the new text. */
  readonly to: number;
  /** By how much the text behind it has moved. */
  readonly moved: number;
}

/**
 * The statements after an edit. Those before it stay; behind it, reading stops where a statement ends as one did
 * before, since from there on everything is as it was.
 */
export function respanned(
  text: string,
  before: readonly StatementSpan[],
  edit: Edit,
): readonly StatementSpan[] {
  const kept = before.filter((span) => span.end <= edit.from && text.charAt(span.end - 1) === ";");
  const found: StatementSpan[] = [];
  let old = kept.length;
  for (let at = kept.at(-1)?.end ?? 0; ;) {
    const span = nextStatement(text, at);
    if (!span) return [...kept, ...found];
    found.push(span);
    at = span.end;
    while ((before[old]?.end ?? Infinity) + edit.moved < at) old += 1;
    const meets = (before[old]?.end ?? Infinity) + edit.moved === at;
    if (meets && at > edit.to && text.charAt(at - 1) === ";") {
      return [...kept, ...found, ...before.slice(old + 1).map((later) => shifted(later, edit.moved))];
    }
  }
}

function shifted({ from, to, end }: StatementSpan, by: number): StatementSpan {
  return { from: from + by, to: to + by, end: end + by };
}

function nextStatement(text: string, start: number): StatementSpan | null {
  const nesting = new Nesting();
  let first: SqlToken | null = null;
  let last: SqlToken | null = null;
  for (let at = start; ;) {
    const token = nextToken(text, at);
    if (!token) return first && last && { from: first.from, to: last.to, end: text.length };
    at = token.to;
    if (token.kind === "comment") continue;
    const isEnd = token.kind === "symbol" && text.charAt(token.from) === ";" && nesting.isOutermost;
    if (isEnd && first && last) return { from: first.from, to: last.to, end: token.to };
    if (isEnd) continue;
    first ??= token;
    last = token;
    nesting.take(token, text);
  }
}

/** Semicolons in parentheses and in the body of a `BEGIN ATOMIC` function end nothing. */
class Nesting {
  #parentheses = 0;
  #blocks = 0;
  #previous = "";
  #words = 0;
  #creates = false;

  get isOutermost(): boolean {
    return this.#parentheses === 0 && this.#blocks === 0;
  }

  take(token: SqlToken, text: string): void {
    if (token.kind === "symbol") {
      const symbol = text.charAt(token.from);
      if (symbol === "(") this.#parentheses += 1;
      else if (symbol === ")") this.#parentheses = Math.max(0, this.#parentheses - 1);
    }
    if (token.kind !== "word") return;
    const word = text.slice(token.from, token.to).toLowerCase();
    if (this.#words === 0) this.#creates = word === "create";
    this.#words += 1;
    if (this.#creates && this.#parentheses === 0) this.#countBlock(word);
    this.#previous = word;
  }

  #countBlock(word: string): void {
    if (word === "atomic" && this.#previous === "begin") this.#blocks += 1;
    else if (this.#blocks > 0 && word === "case") this.#blocks += 1;
    else if (this.#blocks > 0 && word === "end") this.#blocks -= 1;
  }
}

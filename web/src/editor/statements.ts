import { nextToken, type SqlToken } from "./sqlLexer";
import type { Strings } from "./strings";

/** A statement's text, from its first token to its last, without the semicolon. */
export interface StatementSpan {
  readonly from: number;
  readonly to: number;
  /** Behind the semicolon and the data of a COPY, or where the text ends. */
  readonly end: number;
  /** It ends at its own semicolon, so that what is written behind it changes nothing. */
  readonly closed: boolean;
}

/** The statements of a script. */
export function splitStatements(text: string, strings: Strings = "standard"): StatementSpan[] {
  const found: StatementSpan[] = [];
  for (let at = 0; ;) {
    const span = nextStatement(text, at, strings);
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
  strings: Strings = "standard",
): readonly StatementSpan[] {
  const firstOpen = before.findIndex((span) => !span.closed || span.end > edit.from);
  const kept = before.slice(0, firstOpen < 0 ? before.length : firstOpen);
  const found: StatementSpan[] = [];
  let old = kept.length;
  for (let at = kept.at(-1)?.end ?? 0; ;) {
    const span = nextStatement(text, at, strings);
    if (!span) return [...kept, ...found];
    found.push(span);
    at = span.end;
    while ((before[old]?.end ?? Infinity) + edit.moved < at) old += 1;
    const meets = (before[old]?.end ?? Infinity) + edit.moved === at;
    if (meets && at > edit.to && span.closed && before[old]?.closed) {
      return [...kept, ...found, ...before.slice(old + 1).map((later) => shifted(later, edit.moved))];
    }
  }
}

function shifted({ from, to, end, closed }: StatementSpan, by: number): StatementSpan {
  return { from: from + by, to: to + by, end: end + by, closed };
}

function nextStatement(text: string, start: number, strings: Strings): StatementSpan | null {
  const course = new Course();
  let first: SqlToken | null = null;
  let last: SqlToken | null = null;
  for (let at = start; ;) {
    const token = nextToken(text, at, strings);
    if (!token) return first && last && { from: first.from, to: last.to, end: text.length, closed: false };
    at = token.next ?? token.to;
    if (token.kind === "comment") continue;
    if (token.kind === "command") {
      if (first && last) return { from: first.from, to: last.to, end: token.from, closed: false };
      return { from: token.from, to: token.to, end: at, closed: false };
    }
    const isEnd = isSemicolon(token, text) && course.isOutermost;
    if (isEnd && first && last) {
      const end = course.copiesFromStdin ? endOfCopyData(text, at) : at;
      return { from: first.from, to: last.to, end, closed: !course.copiesFromStdin };
    }
    if (isEnd) continue;
    first ??= token;
    last = token;
    course.take(token, text);
  }
}

function isSemicolon(token: SqlToken, text: string): boolean {
  return token.kind === "symbol" && text.charAt(token.to - 1) === ";";
}

const END_OF_DATA = /^\\\.[^\S\n]*(?:\n|$(?![^]))/m;

/** Behind the lines that are the data of a COPY: those down to one with `\.`, if there is one. */
function endOfCopyData(text: string, from: number): number {
  const lineEnd = text.indexOf("\n", from);
  if (lineEnd < 0) return from;
  const found = END_OF_DATA.exec(text.slice(lineEnd + 1));
  return found ? lineEnd + 1 + found.index + found[0].length : from;
}

/** How far a statement has come as `CREATE [OR REPLACE] { FUNCTION | PROCEDURE }`. Only words count. */
type Routine = "start" | "create" | "or" | "replace" | "body" | "no";
/** How far it has come as `COPY … FROM STDIN`. */
type Copy = "start" | "begun" | "from" | "stdin" | "no";

/**
 * How far a statement has come: semicolons in parentheses and in the body of an SQL function end nothing. As for psql,
 * each `BEGIN` outside of parentheses in a CREATE FUNCTION or PROCEDURE begins such a body.
 */
class Course {
  #parentheses = 0;
  #blocks = 0;
  #routine: Routine = "start";
  #copy: Copy = "start";

  get isOutermost(): boolean {
    return this.#parentheses === 0 && this.#blocks === 0;
  }

  get copiesFromStdin(): boolean {
    return this.#copy === "stdin";
  }

  take(token: SqlToken, text: string): void {
    if (token.kind === "word") return this.#word(text.slice(token.from, token.to).toLowerCase());
    const symbol = text.slice(token.from, token.to);
    if (symbol === "(") this.#parentheses += 1;
    else if (symbol === ")") this.#parentheses = Math.max(0, this.#parentheses - 1);
    // A semicolon in a body or in parentheses changes nothing else.
    if (isSemicolon(token, text)) return;
    if (this.#copy === "start") this.#copy = "no";
    // A quoted name behind FROM: a file.
    else if (this.#copy === "from") this.#copy = "begun";
  }

  #word(word: string): void {
    this.#routine = this.#nextRoutine(word);
    if (this.#routine === "body" && this.#parentheses === 0) this.#countBlock(word);
    if (this.#parentheses === 0) this.#copy = this.#nextCopy(word);
  }

  #nextRoutine(word: string): Routine {
    const before = this.#routine;
    if (before === "body") return "body";
    if (before === "start" && word === "create") return "create";
    if (before === "create" && word === "or") return "or";
    if (before === "or" && word === "replace") return "replace";
    const isRoutine = word === "function" || word === "procedure";
    return (before === "create" || before === "replace") && isRoutine ? "body" : "no";
  }

  #countBlock(word: string): void {
    if (word === "begin" || (word === "case" && this.#blocks > 0)) this.#blocks += 1;
    else if (word === "end" && this.#blocks > 0) this.#blocks -= 1;
  }

  #nextCopy(word: string): Copy {
    switch (this.#copy) {
      case "start":
        return word === "copy" ? "begun" : "no";
      case "begun":
        return word === "from" ? "from" : "begun";
      case "from":
        return word === "stdin" ? "stdin" : word === "from" ? "from" : "begun";
      case "stdin":
      case "no":
        return this.#copy;
    }
  }
}

import type { Strings } from "./strings";

/**
 * PostgreSQL's lexical rules and psql's commands, as far as they show where statements begin and end: the rules of
 * `crates/pg/src/split.rs`, and what `crates/pg/tests/split.json` holds both to.
 */
export interface SqlToken {
  /**
   * `command` is one of psql's with its arguments, `variable` one of psql's with its colon; `symbol` is a number too, and
   * what a string such as `n'a'` begins with.
   */
  readonly kind: "word" | "quoted" | "comment" | "symbol" | "command" | "variable";
  readonly from: number;
  readonly to: number;
  /** Where the next token may begin, if not right behind it. */
  readonly next?: number;
}

const BLANKS = /[ \t\n\r\v\f]*/y;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]*/y;
/** With letters that hang on to it: in `1a$x$` no dollar quote begins, and in `1e--` no comment. */
const NUMBER =
  /\d+(?:\.(?!\.)\d*)?(?:[eE][+-](?!\d)|(?:[eE][+-]\d+)?(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)?)/y;
const PARAMETER = /\d+(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*)?/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
/** A name that has no dollar in it. */
const VARIABLE = /:[A-Za-z0-9_\u0080-\uffff]*/y;
const LINE = /[^\n\r]*/y;
const COMMAND_NAME = /[^ \t\n\r\v\f\\]*/y;
/** What may stand between the parts of an escape string that goes on with a later line. */
const CONTINUATION = /(?:[ \t\v\f]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\v\f]|--[^\n\r]*)*'/y;

/** The next token at or after `position`, or null at the end. A token that is never closed reaches to the end. */
export function nextToken(text: string, position: number, strings: Strings = "standard"): SqlToken | null {
  const from = endOf(BLANKS, text, position);
  if (from >= text.length) return null;
  const first = text.charAt(from);
  const second = text.charAt(from + 1);
  if (first === "-" && second === "-") return { kind: "comment", from, to: endOf(LINE, text, from) };
  if (first === "/" && second === "*") return { kind: "comment", from, to: endOfBlockComment(text, from) };
  if (first === "'" && strings === "escaping") {
    return { kind: "quoted", from, to: endOfString(text, from + 1, "escapes") };
  }
  if (first === "'" || first === '"') return { kind: "quoted", from, to: endOfQuoted(text, from, first) };
  if (first === "\\") return backslash(text, from);
  if (first === "$") return dollar(text, from);
  if (first === ":") return colon(text, from, second);
  if (/\d/.test(first)) return { kind: "symbol", from, to: endOf(NUMBER, text, from) };
  if (!WORD_START.test(first)) return { kind: "symbol", from, to: from + 1 };
  if ((first === "e" || first === "E") && second === "'") {
    return { kind: "quoted", from, to: endOfString(text, from + 2, "escapes") };
  }
  // Backslashes mean nothing in these under either setting.
  if (second === "'" && /[bx]/i.test(first)) {
    return { kind: "quoted", from, to: endOfString(text, from + 2, "bits") };
  }
  const unicode = second === "&" && /u/i.test(first);
  if (unicode && text.charAt(from + 2) === "'") {
    return { kind: "quoted", from, to: endOfString(text, from + 3, "letters") };
  }
  if (unicode || (second === "'" && /n/i.test(first))) return { kind: "symbol", from, to: from + 1 };
  return { kind: "word", from, to: endOf(WORD, text, from) };
}

function dollar(text: string, from: number): SqlToken {
  const tagEnd = endOf(DOLLAR_TAG, text, from);
  if (tagEnd > from) {
    return { kind: "quoted", from, to: endAfter(text, text.slice(from, tagEnd), tagEnd) };
  }
  const isParameter = /\d/.test(text.charAt(from + 1));
  return { kind: "symbol", from, to: isParameter ? endOf(PARAMETER, text, from + 1) : from + 1 };
}

function colon(text: string, from: number, second: string): SqlToken {
  if (second === ":") return { kind: "symbol", from, to: from + 2 };
  const to = endOf(VARIABLE, text, from);
  return { kind: to > from + 1 ? "variable" : "symbol", from, to };
}

function backslash(text: string, from: number): SqlToken {
  const second = text.charAt(from + 1);
  if (second === ";" || second === ":") return { kind: "symbol", from, to: from + 2 };
  const lineEnd = endOf(LINE, text, from);
  const nameEnd = endOf(COMMAND_NAME, text, from + 1);
  const name = text.slice(from + 1, nameEnd);
  let end = name.startsWith("!") || name === "copy" ? lineEnd : nameEnd;
  while (end < lineEnd && text.charAt(end) !== "\\") {
    const isQuote = ["'", '"', "`"].includes(text.charAt(end));
    end = isQuote ? endOfArgument(text, end, lineEnd) : end + 1;
  }
  const next = text.startsWith("\\\\", end) ? end + 2 : end;
  return { kind: "command", from, to: from + text.slice(from, end).trimEnd().length, next };
}

function endOfArgument(text: string, from: number, lineEnd: number): number {
  const quote = text.charAt(from);
  for (let at = from + 1; at < lineEnd; at += 1) {
    if (text.charAt(at) === "\\" && quote === "'") at += 1;
    else if (text.charAt(at) === quote) return at + 1;
  }
  return lineEnd;
}

/** Block comments nest. */
function endOfBlockComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const two = text.slice(at, at + 2);
    if (two === "/*") {
      depth += 1;
      at += 1;
    } else if (two === "*/") {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** With its doubled quotes. */
function endOfQuoted(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text.charAt(at) !== quote) continue;
    if (text.charAt(at + 1) !== quote) return at + 1;
    at += 1;
  }
  return text.length;
}

/** Characters that a backslash escapes and doubled quotes; these alone; or not even these. */
type Inside = "escapes" | "letters" | "bits";

/** With the strings on following lines that continue it. */
function endOfString(text: string, from: number, inside: Inside): number {
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\" && inside === "escapes") at += 1;
    else if (char === "'") {
      if (text.charAt(at + 1) === "'" && inside !== "bits") at += 1;
      else {
        const goesOn = endOf(CONTINUATION, text, at + 1);
        if (goesOn === at + 1) return at + 1;
        at = goesOn - 1;
      }
    }
  }
  return text.length;
}

function endAfter(text: string, closing: string, from: number): number {
  const at = text.indexOf(closing, from);
  return at < 0 ? text.length : at + closing.length;
}

function endOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return from + (pattern.exec(text)?.[0].length ?? 0);
}

/**
 * Enough of PostgreSQL's lexical rules to see where statements begin and end, for marking only: what runs is decided by
 * the server.
 */
export interface SqlToken {
  readonly kind: "word" | "quoted" | "comment" | "symbol";
  readonly from: number;
  readonly to: number;
}

const BLANK = /\s/;
const WORD_START = /[\p{L}_]/u;
const WORD = /[\p{L}\p{N}_$]*/uy;
const DOLLAR_TAG = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

/** The next token at or after `position`, or null at the end. A token that is never closed reaches to the end. */
export function nextToken(text: string, position: number): SqlToken | null {
  let from = position;
  while (from < text.length && BLANK.test(text.charAt(from))) from += 1;
  if (from >= text.length) return null;
  const two = text.slice(from, from + 2);
  if (two === "--") return { kind: "comment", from, to: endOfLine(text, from) };
  if (two === "/*") return { kind: "comment", from, to: endOfBlockComment(text, from) };
  const first = text.charAt(from);
  if (first === "'") return { kind: "quoted", from, to: endOfQuoted(text, from, "'", false) };
  if (first === '"') return { kind: "quoted", from, to: endOfQuoted(text, from, '"', false) };
  if (first === "$") {
    const tag = matchAt(DOLLAR_TAG, text, from);
    if (tag !== "") return { kind: "quoted", from, to: endAfter(text, tag, from + tag.length) };
    return { kind: "symbol", from, to: from + 1 };
  }
  if (!WORD_START.test(first)) return { kind: "symbol", from, to: from + 1 };
  if ((first === "e" || first === "E") && text.charAt(from + 1) === "'") {
    return { kind: "quoted", from, to: endOfQuoted(text, from + 1, "'", true) };
  }
  return { kind: "word", from, to: from + first.length + matchAt(WORD, text, from + first.length).length };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
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

function endOfQuoted(text: string, from: number, quote: string, backslash: boolean): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\" && backslash) at += 1;
    else if (char === quote) {
      if (text.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  return text.length;
}

function endAfter(text: string, closing: string, from: number): number {
  const at = text.indexOf(closing, from);
  return at < 0 ? text.length : at + closing.length;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

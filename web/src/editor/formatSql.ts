import { type DialectOptions, formatDialect, postgresql } from "sql-formatter";

import { nextToken } from "./sqlLexer";
import type { Strings } from "./strings";

export type Formatted =
  { readonly kind: "formatted"; readonly sql: string } | { readonly kind: "refused"; readonly why: string };

const DIALECTS: Readonly<Record<Strings, DialectOptions>> = {
  standard: postgresql,
  escaping: {
    ...postgresql,
    tokenizerOptions: {
      ...postgresql.tokenizerOptions,
      stringTypes: [
        "$$",
        { quote: "''-qq-bs", prefixes: ["E"] },
        { quote: "''-qq", prefixes: ["U&"], requirePrefix: true },
        { quote: "''-raw", prefixes: ["B", "X"], requirePrefix: true },
      ],
    },
  },
};

/** A parameter of Howdah's; a colon close behind something is none, as in `a[1:n]`. */
const PARAMETERS = {
  custom: [{ regex: String.raw`(?<![\p{L}\p{N}_\])'":]):(?:'\w+'|"\w+"|[\p{L}_][\p{L}\p{N}_]*)` }],
};

const MAX_CHARS = 500_000;

/** SQL with its clauses on lines of their own. Only white space differs from what was given: all else is refused. */
export function formatSql(sql: string, strings: Strings = "standard"): Formatted {
  if (sql.length > MAX_CHARS) return { kind: "refused", why: "it is too long." };
  try {
    const formatted = aroundCommands(sql, strings);
    if (!sameTokens(sql, formatted, strings))
      return { kind: "refused", why: "its meaning would have changed." };
    return { kind: "formatted", sql: sql.endsWith("\n") ? `${formatted}\n` : formatted };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
    return { kind: "refused", why: `${message.replace(/\.$/, "")}.` };
  }
}

/** psql's commands stay as they are, each at the end of its line. */
function aroundCommands(sql: string, strings: Strings): string {
  const pieces: string[] = [];
  const put = (from: number, to: number) => {
    const piece = sql.slice(from, to);
    if (piece.trim() === "") return;
    pieces.push(formatDialect(piece, { dialect: DIALECTS[strings], paramTypes: PARAMETERS, tabWidth: 2 }));
  };
  let begin = 0;
  for (let token = nextToken(sql, 0, strings); token; token = nextToken(sql, token.to, strings)) {
    if (token.kind !== "command") continue;
    put(begin, token.from);
    const command = sql.slice(token.from, token.to).trim();
    const before = /\S[^\S\n]*$/.test(sql.slice(begin, token.from)) ? pieces.pop() : undefined;
    pieces.push(before === undefined ? command : `${before} ${command}`);
    begin = token.to;
  }
  put(begin, sql.length);
  return pieces.join("\n");
}

/** Compared by our own lexer, so that a mistake of the formatter is found out. */
function sameTokens(before: string, after: string, strings: Strings): boolean {
  let a = nextToken(before, 0, strings);
  let b = nextToken(after, 0, strings);
  while (a && b) {
    const same = tokenText(before, a) === tokenText(after, b);
    if (!same) return false;
    a = nextToken(before, a.to, strings);
    b = nextToken(after, b.to, strings);
  }
  return a === b;
}

function tokenText(text: string, { kind, from, to }: { kind: string; from: number; to: number }): string {
  const token = text.slice(from, to);
  // The lines of a comment may be indented anew.
  return kind === "comment" ? token.replace(/\s+/g, " ").trim() : token;
}

import { formatDialect, postgresql } from "sql-formatter";

import { nextToken } from "./sqlLexer";

export type Formatted =
  { readonly kind: "formatted"; readonly sql: string } | { readonly kind: "refused"; readonly why: string };

const MAX_CHARS = 500_000;

/** SQL with its clauses on lines of their own. Only white space differs from what was given: all else is refused. */
export function formatSql(sql: string): Formatted {
  if (sql.length > MAX_CHARS) return { kind: "refused", why: "it is too long." };
  try {
    const formatted = formatDialect(sql, { dialect: postgresql, keywordCase: "preserve", tabWidth: 2 });
    if (!sameTokens(sql, formatted)) return { kind: "refused", why: "its meaning would have changed." };
    return { kind: "formatted", sql: sql.endsWith("\n") ? `${formatted}\n` : formatted };
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
    return { kind: "refused", why: `${message.replace(/\.$/, "")}.` };
  }
}

/** Compared by our own lexer, so that a mistake of the formatter is found out. */
function sameTokens(before: string, after: string): boolean {
  let a = nextToken(before, 0);
  let b = nextToken(after, 0);
  while (a && b) {
    const same = tokenText(before, a) === tokenText(after, b);
    if (!same) return false;
    a = nextToken(before, a.to);
    b = nextToken(after, b.to);
  }
  return a === b;
}

function tokenText(text: string, { kind, from, to }: { kind: string; from: number; to: number }): string {
  const token = text.slice(from, to);
  // The lines of a comment may be indented anew.
  return kind === "comment" ? token.replace(/\s+/g, " ").trim() : token;
}

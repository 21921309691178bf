import { PostgreSQL } from "@codemirror/lang-sql";
import { highlightCode } from "@lezer/highlight";
import { memo, type ReactNode } from "react";

import styles from "./sql.module.css";
import { isCall, sqlHighlighter } from "./sqlLanguage";

/** A statement on one line, in the editor's colours. What is longer than `limit` characters is left out. */
export const SqlText = memo(function SqlText({ sql, limit = 300 }: { sql: string; limit?: number }) {
  const text = oneLine(sql.slice(0, limit * 2)).slice(0, limit);
  const parts: ReactNode[] = [];
  let at = 0;
  const put = (code: string, classes: string) => {
    const isFunction = classes !== styles.string && isCall(text.slice(at, at + code.length + 1));
    const name = isFunction ? styles.function : classes;
    parts.push(
      name ? (
        <span key={at} className={name}>
          {code}
        </span>
      ) : (
        code
      ),
    );
    at += code.length;
  };
  highlightCode(text, PostgreSQL.language.parser.parse(text), sqlHighlighter, put, () => put(" ", ""));
  return <code>{parts}</code>;
});

/** Comments go, since on one line they would hide what follows them. */
function oneLine(sql: string): string {
  return sql.replace(/--.*$/gm, "").replace(/\s+/g, " ").trim();
}

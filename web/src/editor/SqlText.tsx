import { PostgreSQL } from "@codemirror/lang-sql";
import { highlightCode } from "@lezer/highlight";
import { memo, type ReactNode } from "react";

import styles from "./sql.module.css";
import { isCallable, sqlHighlighter } from "./sqlLanguage";

const CALLED_NAMES = /([a-z_][\w$]*)(?=\()/gi;

/** A statement on one line, in the editor's colours. What is longer than `limit` characters is left out. */
export const SqlText = memo(function SqlText({ sql, limit = 300 }: { sql: string; limit?: number }) {
  return <code>{coloured(oneLine(sql.slice(0, limit * 2)).slice(0, limit), " ")}</code>;
});

/** A script as it is written, in the editor's colours. */
export const SqlBlock = memo(function SqlBlock({ sql }: { sql: string }) {
  return <code>{coloured(sql, "\n")}</code>;
});

function coloured(text: string, lineBreak: string): ReactNode[] {
  const parts: ReactNode[] = [];
  const put = (code: string, name: string | undefined) =>
    parts.push(
      <span key={parts.length} className={name}>
        {code}
      </span>,
    );
  const putCode = (code: string, classes: string) => {
    if (classes !== "" && classes !== styles.keyword) return void put(code, classes);
    code.split(CALLED_NAMES).forEach((part, index) => {
      if (part !== "") put(part, index % 2 === 1 && isCallable(part) ? styles.function : classes);
    });
  };
  highlightCode(text, PostgreSQL.language.parser.parse(text), sqlHighlighter, putCode, () =>
    put(lineBreak, undefined),
  );
  return parts;
}

/** Comments go, since on one line they would hide what follows them. */
function oneLine(sql: string): string {
  return sql.replace(/--.*$/gm, "").replace(/\s+/g, " ").trim();
}

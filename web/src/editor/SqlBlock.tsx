import { PostgreSQL } from "@codemirror/lang-sql";
import { highlightCode } from "@lezer/highlight";
import { memo, type ReactNode } from "react";

import styles from "./sql.module.css";
import { sqlHighlighter } from "./sqlLanguage";

/** Text beyond this is shown without colours: parsing it would hold up the page. */
const COLOURED = 200_000;

/** SQL as it is, in the editor's colours, to read and to copy. */
export const SqlBlock = memo(function SqlBlock({ sql }: { sql: string }) {
  if (sql.length > COLOURED) return <code>{sql}</code>;
  const parts: ReactNode[] = [];
  const put = (code: string, name: string) =>
    parts.push(
      <span key={parts.length} className={name || undefined}>
        {code}
      </span>,
    );
  highlightCode(sql, PostgreSQL.language.parser.parse(sql), sqlHighlighter, put, () => {
    parts.push("\n");
  });
  return <code className={styles.block}>{parts}</code>;
});

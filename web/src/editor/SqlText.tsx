import { memo } from "react";

import { highlightSql } from "./highlightSql";
import type { Strings } from "./strings";

interface SqlTextProps {
  readonly sql: string;
  readonly limit?: number;
  /** How the session that ran it read strings, where that is known. */
  readonly strings?: Strings;
}

/** A statement on one line, in the editor's colours. What is longer than `limit` characters is left out. */
export const SqlText = memo(function SqlText({ sql, limit = 300, strings }: SqlTextProps) {
  return <code>{highlightSql(oneLine(sql.slice(0, limit * 2)).slice(0, limit), " ", strings)}</code>;
});

/** Comments go, since on one line they would hide what follows them. */
function oneLine(sql: string): string {
  return sql.replace(/--.*$/gm, "").replace(/\s+/g, " ").trim();
}

import { memo } from "react";

import { highlightSql } from "./highlightSql";

/** A statement as it is, in the editor's colours. What is longer than `limit` characters is left out. */
export const SqlBlock = memo(function SqlBlock({ sql, limit = 4_000 }: { sql: string; limit?: number }) {
  const shown = sql.length > limit ? `${sql.slice(0, limit)}…` : sql;
  return <code>{highlightSql(shown, "\n")}</code>;
});

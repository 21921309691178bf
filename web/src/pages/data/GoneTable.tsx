import { useState } from "react";

import type { TablePlace } from "~/api/tableData";
import type { ShownProblem } from "~/ui/ProblemText";
import { changeContent, type DataContent } from "~/app/dataTab";
import { quoteLiteral } from "~/run/quote";
import { Button } from "~/ui/Button";
import { plural } from "~/ui/format";
import { ProblemText } from "~/ui/ProblemText";
import { changeWords, keyWords } from "./changeWords";
import { holderWords } from "./holderWords";
import { useLockHolder } from "./useLockHolder";
import styles from "./DataTab.module.css";
import { tableName } from "./rowsSql";
import type { TableRows } from "./tableRows";

interface GoneTableProps {
  readonly tabId: string;
  readonly place: TablePlace;
  readonly content: DataContent;
  readonly rows: TableRows;
  readonly problem: ShownProblem;
  readonly onRetry: () => void;
}

/** The SQLSTATE of a lock that did not come. */
const LOCK_TIMEOUT = "55P03";

/** In place of rows that cannot be shown: why, what is staged all the same, and where the table may be now. */
export function GoneTable({ tabId, place, content, rows, problem, onRetry }: GoneTableProps) {
  const { staged } = content;
  const holder = useLockHolder(place, problem.sqlstate === LOCK_TIMEOUT);
  return (
    <div className={styles.nothing} data-region="data">
      <ProblemText
        problem={
          problem.sqlstate === LOCK_TIMEOUT
            ? { ...problem, detail: "Somebody has locked the table." }
            : problem
        }
      />
      {holder && <p role="status">{holderWords(holder)} holds it. Try again when they are done.</p>}
      <div className={styles.ways}>
        <Button onClick={onRetry}>Try again</Button>
        {problem.code === "not_found" && <FindByName tabId={tabId} content={content} rows={rows} />}
      </div>
      {staged.length > 0 && (
        <section className={styles.kept} aria-label="Staged changes">
          <h2>{plural(staged.length, "staged change")}, kept in this tab as long as it is open</h2>
          <ul>
            {staged.map((change) => (
              <li key={change.id}>
                {change.type} {keyWords(change)}: {changeWords(change)}
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** A table that was made anew under the same name is another one, to which the staged changes may well apply. */
export function FindByName({ tabId, content, rows }: Pick<GoneTableProps, "tabId" | "content" | "rows">) {
  const [told, setTold] = useState<"asking" | "nothing" | null>(null);
  const { table } = content;
  const find = async () => {
    setTold("asking");
    const answer = await rows.ask(`select pg_catalog.to_regclass(${quoteLiteral(tableName(table))})::oid`);
    const cell = answer.kind === "rows" && answer.result.rows.cell(0, 0);
    const oid = cell && cell.kind === "text" ? Number(cell.text) : table.oid;
    setTold(oid === table.oid ? "nothing" : null);
    if (oid !== table.oid) changeContent(tabId, { table: { ...table, oid } });
  };
  return (
    <>
      <Button aria-busy={told === "asking"} onClick={() => void find()}>
        Look for {table.schema}.{table.name} by name
      </Button>
      {told === "nothing" && <span role="status">There is none of that name.</span>}
    </>
  );
}

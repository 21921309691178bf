import { lazy, type Ref, Suspense } from "react";

import { USUAL, type RowLimit } from "~/app/tabOptions";
import { openTab, type Tab } from "~/app/tabs";
import type { GridColumnView } from "~/grid/columns";
import type { Copied } from "~/grid/copyText";
import { RecordsView } from "~/grid/RecordsView";
import { ResultTable, type ResultTableHandle } from "~/grid/ResultTable";
import type { SelectionSummary } from "~/grid/summary";
import type { Statement } from "~/run/runRecord";
import { Button } from "~/ui/Button";
import { formatCount, plural } from "~/ui/format";
import { Skeleton } from "~/ui/Skeleton";
import { toast } from "~/ui/toast";
import { copyToClipboard } from "./clipboard";
import { save } from "./download";
import type { ShownResult } from "./keptResults";
import { withSettings } from "./ran";
import { requery } from "./requery";
import { editInTable, tableOfColumn } from "./rowsInTable";
import styles from "./ResultView.module.css";

const ChartView = lazy(async () => ({ default: (await import("~/chart/ChartView")).ChartView }));

/** How rows are shown. */
export type ResultLook = "rows" | "records" | "chart";

interface ResultViewProps {
  tab: Tab;
  shown: ShownResult;
  statement: Statement | undefined;
  columns: readonly GridColumnView[];
  /** How many rows come with the next fetch. */
  step: RowLimit;
  look: ResultLook;
  onFetch: (rows: number | null) => void;
  onSelect: (summary: SelectionSummary | null) => void;
  ref: Ref<ResultTableHandle>;
}

/** The rows of one statement, what remains to be fetched, and a value to look at closely. */
export function ResultView(props: ResultViewProps) {
  const { tab, shown, statement, columns, step, look, onFetch, onSelect, ref } = props;
  const { result, ran } = shown;
  const paused = statement?.state.kind === "paused";
  const isPartial = paused || (statement?.state.kind === "finished" && statement.state.discardedRows > 0);

  return (
    <div className={styles.result}>
      {look === "records" && (
        <RecordsView
          label={`Records of ${shown.name}`}
          rows={result.rows}
          rowCount={result.rowCount}
          columns={columns}
        />
      )}
      {look === "chart" && (
        <Suspense fallback={<Skeleton width={240} />}>
          <ChartView rows={result.rows} rowCount={result.rowCount} columns={columns} isPartial={isPartial} />
        </Suspense>
      )}
      {look === "rows" && (
        <ResultTable
          ref={ref}
          label={`Rows of ${shown.source}`}
          place={tab.id}
          columns={columns}
          rows={result.rows}
          rowCount={result.rowCount}
          isPartial={isPartial}
          table={shown.table}
          onSelect={onSelect}
          onNearEnd={() => paused && onFetch(step)}
          onCopy={(copied) => {
            if (copied.kind === "copied") void copyToClipboard(copied.text, copiedWords(copied));
            else tellCopied(copied);
          }}
          onCopied={tellCopied}
          onCopyValue={(text) => void copyToClipboard(text, "Copied the value")}
          onSave={save}
          editing={{
            canEdit: (column) => tableOfColumn(result.columns, column) !== null,
            edit: (rows, column) => void editInTable(shown, rows, column),
          }}
          onRequery={(arrangement) => {
            const again = requery(ran.sql, columns, arrangement);
            if (again === null)
              return toast({ tone: "info", text: "This statement cannot stand inside another one" });
            const options = { ...USUAL, parameters: ran.parameters ?? {} };
            openTab({
              ...shown.target,
              title: `${shown.name} again`,
              sql: withSettings(ran, again),
              options,
              runOnOpen: true,
            });
          }}
        />
      )}
      {result.rowCount === 0 && statement?.state.kind === "finished" && (
        <p className={styles.noRows}>No rows</p>
      )}
      {paused && <MoreRows rows={result.rowCount} step={step} onFetch={onFetch} />}
      <DiscardedRows statement={statement} />
    </div>
  );
}

function MoreRows({
  rows,
  step,
  onFetch,
}: {
  rows: number;
  step: RowLimit;
  onFetch: (rows: number | null) => void;
}) {
  return (
    <div className={styles.more}>
      <span>{plural(rows, "row")} of more. PostgreSQL keeps the others until they are fetched.</span>
      {step !== null && (
        <Button size="sm" onClick={() => onFetch(step)}>
          {`Fetch ${formatCount(step)} more`}
        </Button>
      )}
      <Button size="sm" onClick={() => onFetch(null)}>
        Fetch all
      </Button>
    </div>
  );
}

function DiscardedRows({ statement }: { statement: Statement | undefined }) {
  if (statement?.state.kind !== "finished" || statement.state.discardedRows === 0) return null;
  const { rows, discardedRows } = statement.state;
  return (
    <div className={styles.more}>
      {plural(discardedRows, "further row")} behind the limit of {formatCount(rows)} were read and dropped,
      since another statement followed. Run this statement alone to fetch them.
    </div>
  );
}

function tellCopied(copied: Copied): void {
  if (copied.kind === "too_many") {
    const cells = formatCount(copied.cells);
    toast({
      tone: "danger",
      text: `${cells} cells are too many for the clipboard. Download the rows instead.`,
    });
    return;
  }
  toast({ text: copiedWords(copied), ...(copied.cutCount > 0 && { tone: "info" as const }) });
}

function copiedWords(copied: Extract<Copied, { kind: "copied" }>): string {
  const cells = `Copied ${plural(copied.cells, "cell")}`;
  if (copied.cutCount === 0) return cells;
  const others = copied.cutCount - copied.cut.length;
  const names = [...copied.cut, ...(others > 0 ? [plural(others, "other")] : [])].join("; ");
  return `${cells}, but only the beginning of ${names}.`;
}

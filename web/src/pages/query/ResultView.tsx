import { type KeyboardEvent, useState } from "react";

import { CellViewer } from "~/grid/CellViewer";
import type { GridColumnView } from "~/grid/columns";
import type { Copied } from "~/grid/copyText";
import { type CellPlace, ResultGrid } from "~/grid/ResultGrid";
import type { SelectionSummary } from "~/grid/summary";
import type { ResultSet, Statement } from "~/run/runRecord";
import { Button } from "~/ui/Button";
import { formatCount, plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { copyToClipboard } from "./clipboard";
import styles from "./ResultView.module.css";
import type { RowLimit } from "./rowLimits";

interface ResultViewProps {
  label: string;
  result: ResultSet;
  statement: Statement | undefined;
  columns: readonly GridColumnView[];
  /** How many rows come with the next fetch. */
  step: RowLimit;
  onFetch: (rows: number | null) => void;
  onSelect: (summary: SelectionSummary | null) => void;
}

/** The rows of one statement, what remains to be fetched, and a value to look at closely. */
export function ResultView({ label, result, statement, columns, step, onFetch, onSelect }: ResultViewProps) {
  const [viewed, setViewed] = useState<CellPlace | null>(null);
  const paused = statement?.state.kind === "paused";

  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || viewed === null) return;
    event.stopPropagation();
    setViewed(null);
  };
  const select = (summary: SelectionSummary | null, place: CellPlace | null) => {
    if (viewed !== null && place !== null) setViewed(place);
    onSelect(summary);
  };

  return (
    <div className={styles.result} onKeyDownCapture={closeOnEscape}>
      <div className={styles.main}>
        <ResultGrid
          label={label}
          columns={columns}
          rows={result.rows}
          rowCount={result.rowCount}
          onSelect={select}
          onOpenCell={setViewed}
          onCopied={tellCopied}
          onNearEnd={() => paused && onFetch(step)}
        />
        {viewed !== null && viewed.row < result.rowCount && (
          <CellViewer
            rows={result.rows}
            columns={columns}
            place={viewed}
            onCopy={(text) => void copyToClipboard(text, "Copied the value")}
            onClose={() => setViewed(null)}
          />
        )}
      </div>
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
      text: `${cells} cells are too many for the clipboard. Download the rows as CSV instead.`,
    });
    return;
  }
  if (copied.cutCount === 0) {
    toast({ text: `Copied ${plural(copied.cells, "cell")}` });
    return;
  }
  const others = copied.cutCount - copied.cut.length;
  const names = [...copied.cut, ...(others > 0 ? [plural(others, "other")] : [])].join("; ");
  toast({
    tone: "info",
    text: `Copied ${plural(copied.cells, "cell")}, but only the beginning of ${names}.`,
  });
}

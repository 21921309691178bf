import { ChevronDown, Download, Maximize2, Minimize2 } from "lucide-react";

import type { Tab } from "~/app/tabs";
import type { SessionView } from "~/run/sessionState";
import type { ResultSet } from "~/run/runRecord";
import { Button, IconButton } from "~/ui/Button";
import { Menu } from "~/ui/Menu";
import { downloadCsv } from "./download";
import { Progress } from "./Progress";
import styles from "./ResultsBar.module.css";
import { ROW_LIMITS, rowLimitLabel, type RowLimit } from "./rowLimits";
import { outcomeWords, rowWords } from "./runWords";

interface ResultsBarProps {
  tab: Tab;
  view: SessionView;
  result: ResultSet | undefined;
  rowLimit: RowLimit;
  onRowLimit: (limit: RowLimit) => void;
  enlarged: boolean;
  onEnlarge: () => void;
  onCancel: () => void;
}

/** How it stands with the rows, how many come at first, and what can be done with them. */
export function ResultsBar(props: ResultsBarProps) {
  const { tab, view, result, rowLimit, onRowLimit, enlarged, onEnlarge, onCancel } = props;
  const { run, state } = view;
  const sql = result && run?.statements[result.statement]?.sql;
  const going = state.kind === "running" || state.kind === "connecting";
  return (
    <>
      {going ? (
        <Progress
          key={state.startedAt}
          state={state}
          rows={run?.results.at(-1)?.rowCount ?? 0}
          onCancel={onCancel}
        />
      ) : (
        <span className={styles.words}>{run && (result ? rowWords(run, result) : outcomeWords(run))}</span>
      )}
      <span className={styles.separator} />
      <Menu
        align="end"
        trigger={
          <Button
            variant="ghost"
            size="sm"
            iconAfter={ChevronDown}
            title="How many rows of a result come at first"
          >
            {rowLimitLabel(rowLimit)}
          </Button>
        }
        entries={ROW_LIMITS.map((limit) => ({
          kind: "choice",
          label: rowLimitLabel(limit),
          chosen: limit === rowLimit,
          run: () => onRowLimit(limit),
        }))}
      />
      <IconButton
        icon={Download}
        size="sm"
        label="Download as CSV"
        title={
          sql === undefined ? "Download as CSV: needs a result" : "Download as CSV: runs the statement again"
        }
        disabled={sql === undefined}
        onClick={() => sql !== undefined && void downloadCsv(tab, sql, view.transaction.state !== "idle")}
      />
      <IconButton
        icon={enlarged ? Minimize2 : Maximize2}
        size="sm"
        label={enlarged ? "Show the editor again" : "Enlarge the results"}
        onClick={onEnlarge}
      />
    </>
  );
}

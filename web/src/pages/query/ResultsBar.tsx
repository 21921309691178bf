import {
  ChartLine,
  ChevronDown,
  Copy,
  Download,
  Ellipsis,
  Maximize2,
  Minimize2,
  Pin,
  PinOff,
  Search,
  Table2,
} from "lucide-react";
import type { RefObject } from "react";

import type { Tab } from "~/app/tabs";
import { copyEntries } from "~/grid/gridMenu";
import type { ResultTableHandle } from "~/grid/ResultTable";
import type { SessionView } from "~/run/sessionState";
import { Button, IconButton } from "~/ui/Button";
import { plural } from "~/ui/format";
import { Menu, type MenuEntry } from "~/ui/Menu";
import { download, DOWNLOAD_FORMATS, saveRows } from "./download";
import { pinResult, unpinResult, type Comparison, type ShownResult } from "./keptResults";
import { Progress } from "./Progress";
import styles from "./ResultsBar.module.css";
import { tableOf } from "./ResultView";
import { ROW_LIMITS, rowLimitLabel, type RowLimit } from "./rowLimits";
import { outcomeWords, resultWords } from "./runWords";

interface ResultsBarProps {
  tab: Tab;
  view: SessionView;
  shown: ShownResult | undefined;
  others: readonly ShownResult[];
  table: RefObject<ResultTableHandle | null>;
  rowLimit: RowLimit;
  onRowLimit: (limit: RowLimit) => void;
  asChart: boolean;
  onChart: (asChart: boolean) => void;
  onRename: (shown: ShownResult) => void;
  onCompare: (comparison: Comparison) => void;
  enlarged: boolean;
  onEnlarge: () => void;
  onCancel: () => void;
}

/** How it stands with the rows, how many come at first, and what can be done with them. */
export function ResultsBar(props: ResultsBarProps) {
  const { view, shown, table, rowLimit, onRowLimit, asChart, onChart, enlarged, onEnlarge, onCancel } = props;
  const { run, state } = view;
  const going = state.kind === "running" || state.kind === "connecting";
  const noTable = shown === undefined || asChart;
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
        <span className={styles.words}>{shown ? resultWords(run, shown) : run && outcomeWords(run)}</span>
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
        icon={Search}
        size="sm"
        label="Find in result"
        keys="Mod+F"
        disabled={noTable}
        onClick={() => table.current?.openFind()}
      />
      <Menu
        align="end"
        trigger={<IconButton icon={Copy} size="sm" label="Copy rows" disabled={noTable} />}
        entries={copyEntries((format, header) => table.current?.copy(format, header))}
      />
      <IconButton
        icon={asChart ? Table2 : ChartLine}
        size="sm"
        label={asChart ? "Show as rows" : "Show as chart"}
        disabled={shown === undefined}
        onClick={() => onChart(!asChart)}
      />
      <Menu
        align="end"
        trigger={<IconButton icon={Download} size="sm" label="Download" disabled={shown === undefined} />}
        entries={shown ? downloadEntries(props, shown) : []}
      />
      <Menu
        align="end"
        trigger={
          <IconButton icon={Ellipsis} size="sm" label="Result options" disabled={shown === undefined} />
        }
        entries={shown ? optionEntries(props, shown) : []}
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

function downloadEntries({ tab, view, table, asChart }: ResultsBarProps, shown: ShownResult): MenuEntry[] {
  const open = view.transaction.state !== "idle";
  const atHand = DOWNLOAD_FORMATS.filter((facts) => facts.atHand !== null);
  return [
    { kind: "caption", label: "Run again, all rows" },
    ...DOWNLOAD_FORMATS.map(({ format, label }): MenuEntry => ({
      kind: "action",
      label: `All rows as ${label}`,
      run: () => void download(tab, shown.sql, format, open),
    })),
    { kind: "caption", label: `The ${plural(shown.result.rowCount, "row")} in the page, as shown` },
    ...atHand.map((facts): MenuEntry => ({
      kind: "action",
      label: `Rows here as ${facts.label}`,
      disabled: asChart,
      run: () => table.current && saveRows(tab, table.current.shown(), facts, tableOf(shown.sql)),
    })),
  ];
}

function optionEntries(
  { tab, others, table, asChart, onRename, onCompare }: ResultsBarProps,
  shown: ShownResult,
): MenuEntry[] {
  return [
    shown.pinned
      ? { kind: "action", label: "Unpin result", icon: PinOff, run: () => unpinResult(tab.id, shown.id) }
      : { kind: "action", label: "Pin result", icon: Pin, run: () => pinResult(tab.id, shown) },
    { kind: "action", label: "Rename result…", run: () => onRename(shown) },
    { kind: "separator" },
    ...(others.length > 0
      ? others.map((other): MenuEntry => ({
          kind: "action",
          label: `Compare with ${other.name}`,
          run: () => onCompare({ left: other.id, right: shown.id }),
        }))
      : [{ kind: "caption", label: "Pin a result to compare it with a later one" } as const]),
    { kind: "separator" },
    {
      kind: "action",
      label: "Fit all columns",
      disabled: asChart,
      run: () => table.current?.fitAll(),
    },
    {
      kind: "action",
      label: "Show all columns",
      disabled: asChart,
      run: () => table.current?.showAllColumns(),
    },
  ];
}

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
  Rows3,
  Search,
  Table2,
} from "lucide-react";
import type { RefObject } from "react";

import { useMenuCommands } from "~/app/commands";
import { ROW_LIMITS, type RowLimit } from "~/app/tabOptions";
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
import type { ResultLook } from "./ResultView";
import { rowLimitLabel } from "./rowLimits";
import { outcomeWords, resultWords } from "./runWords";

interface ResultsBarProps {
  tab: Tab;
  active: boolean;
  view: SessionView;
  shown: ShownResult | undefined;
  others: readonly ShownResult[];
  table: RefObject<ResultTableHandle | null>;
  rowLimit: RowLimit;
  onRowLimit: (limit: RowLimit) => void;
  look: ResultLook;
  onLook: (look: ResultLook) => void;
  onRename: (shown: ShownResult) => void;
  onCompare: (comparison: Comparison) => void;
  enlarged: boolean;
  onEnlarge: () => void;
  onCancel: () => void;
}

/** How it stands with the rows, how many come at first, and what can be done with them. */
export function ResultsBar(props: ResultsBarProps) {
  const { view, shown, table, rowLimit, onRowLimit, look, onLook, enlarged, onEnlarge, onCancel } = props;
  const { run, state } = view;
  const going = state.kind === "running" || state.kind === "connecting";
  const words = shown ? resultWords(run, shown) : run ? outcomeWords(run) : "";
  const noTable = shown === undefined || look !== "rows";
  const limits = ROW_LIMITS.map((limit): MenuEntry => ({
    kind: "choice",
    label: rowLimitLabel(limit),
    chosen: limit === rowLimit,
    run: () => onRowLimit(limit),
  }));
  const copies = copyEntries((format, header) => table.current?.copy(format, header));
  useMenuCommands(`result-${props.tab.id}`, props.active, "Result", () => [
    ...limits,
    { kind: "action", label: enlarged ? "Show the editor again" : "Enlarge the results", run: onEnlarge },
    ...(noTable ? [] : copies),
    ...(noTable
      ? []
      : [{ kind: "action", label: "Find in result", run: () => table.current?.openFind() } as const]),
    ...(shown
      ? [
          {
            kind: "action",
            label: look === "chart" ? "Show as rows" : "Show as chart",
            run: () => onLook(look === "chart" ? "rows" : "chart"),
          } as const,
          ...optionEntries(props, shown),
          ...downloadEntries(props, shown),
        ]
      : []),
  ]);
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
        <span className={styles.words} title={words}>
          {words}
        </span>
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
        entries={limits}
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
        entries={copies}
      />
      <IconButton
        icon={look === "chart" ? Table2 : ChartLine}
        size="sm"
        label={look === "chart" ? "Show as rows" : "Show as chart"}
        disabled={shown === undefined}
        onClick={() => onLook(look === "chart" ? "rows" : "chart")}
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

function downloadEntries({ tab, view, table, look }: ResultsBarProps, shown: ShownResult): MenuEntry[] {
  const open = view.transaction.state !== "idle";
  const atHand = DOWNLOAD_FORMATS.filter((facts) => facts.atHand !== null);
  // A command of psql is no statement that could run again for its rows.
  const again = shown.result.title === null ? DOWNLOAD_FORMATS : [];
  return [
    ...(again.length > 0 ? [{ kind: "caption", label: "Run again, all rows" } as const] : []),
    ...again.map(({ format, label }): MenuEntry => ({
      kind: "action",
      label: `All rows as ${label}`,
      // A pinned result may be of another database than the tab is at now.
      run: () => void download({ ...tab, ...shown.target }, shown.ran, format, open),
    })),
    { kind: "caption", label: `The ${plural(shown.result.rowCount, "row")} in the page, as shown` },
    ...atHand.map((facts): MenuEntry => ({
      kind: "action",
      label: `Rows here as ${facts.label}`,
      disabled: look !== "rows",
      run: () => table.current && saveRows(tab, table.current.shown(), facts, shown.table),
    })),
  ];
}

function optionEntries(
  { tab, others, table, look, onLook, onRename, onCompare }: ResultsBarProps,
  shown: ShownResult,
): MenuEntry[] {
  return [
    shown.pinned
      ? { kind: "action", label: "Unpin result", icon: PinOff, run: () => unpinResult(tab.id, shown.id) }
      : { kind: "action", label: "Pin result", icon: Pin, run: () => pinResult(tab.id, shown) },
    { kind: "action", label: "Rename result…", run: () => onRename(shown) },
    look === "records"
      ? { kind: "action", label: "Show as rows", icon: Table2, run: () => onLook("rows") }
      : { kind: "action", label: "Show as records", icon: Rows3, run: () => onLook("records") },
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
      disabled: look !== "rows",
      run: () => table.current?.fitAll(),
    },
    {
      kind: "action",
      label: "Show all columns",
      disabled: look !== "rows",
      run: () => table.current?.showAllColumns(),
    },
  ];
}

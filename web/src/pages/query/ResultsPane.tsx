import { lazy, type ReactNode, Suspense, useState } from "react";

import { useInteraction } from "~/app/connect";
import type { Tab } from "~/app/tabs";
import type { SelectionSummary } from "~/grid/summary";
import type { SessionView } from "~/run/sessionState";
import type { ResultColumn } from "~/run/protocol";
import type { ResultSet, Run, Statement } from "~/run/runRecord";
import { formatCount } from "~/ui/format";
import { Skeleton } from "~/ui/Skeleton";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import { panelOf, SubTabs, type SubTab } from "~/ui/SubTabs";
import { CircleAlert } from "lucide-react";
import { copyToClipboard } from "./clipboard";
import { MessagesView } from "./MessagesView";
import { NoRun } from "./NoRun";
import { isPlanResult, looksLikePlan, planTextOf } from "./planText";
import { resultName } from "./resultName";
import { ResultsBar } from "./ResultsBar";
import styles from "./ResultsPane.module.css";
import { ResultView } from "./ResultView";
import type { RowLimit } from "./rowLimits";
import { failedStatement } from "./runWords";
import { SessionBanner, type SessionActions } from "./SessionBanner";
import { useColumnViews } from "./useColumnViews";

const PlanResult = lazy(async () => ({ default: (await import("./PlanResult")).PlanResult }));

interface ResultsPaneProps {
  tab: Tab;
  view: SessionView;
  actions: SessionActions;
  rowLimit: RowLimit;
  onRowLimit: (limit: RowLimit) => void;
  enlarged: boolean;
  onEnlarge: () => void;
  onGoToError: () => void;
  onFetch: (rows: number | null) => void;
  onSelect: (summary: SelectionSummary | null) => void;
}

/** What the last run brought: a tab for each result, and one for what PostgreSQL said. */
export function ResultsPane(props: ResultsPaneProps) {
  const { tab, view, actions, rowLimit, onRowLimit, enlarged, onEnlarge, onGoToError, onFetch, onSelect } =
    props;
  const { run } = view;
  const interaction = useInteraction(tab.serverId);
  const [choice, setChoice] = useState<{ run: number; id: string } | null>(null);
  const keeper = useFocusKeeper<HTMLElement>('canvas[tabindex="0"]', '[role="tab"][aria-selected="true"]');
  const messagesId = `${tab.id}-messages`;
  const resultId = (index: number) => `${tab.id}-result-${index}`;

  const chosen = run && choice?.run === run.id ? choice.id : run && firstChoice(run);
  const shown = run?.results.findIndex(
    (_, index) => resultId(index) === chosen || (chosen === "first" && index === 0),
  );
  const result = shown === undefined ? undefined : run?.results[shown];
  const selected = shown === undefined || !result ? messagesId : resultId(shown);
  const statement = result && run?.statements[result.statement];
  const columns = useColumnViews(tab, result?.columns ?? NO_COLUMNS);

  return (
    <section {...keeper} className={styles.pane} aria-label="Results" data-region="results">
      <SubTabs
        label="Results"
        tabs={run ? tabsOf(run, messagesId, resultId) : [{ id: messagesId, label: "Messages" }]}
        selected={selected}
        onSelect={(id) => run && setChoice({ run: run.id, id })}
        end={
          <ResultsBar
            tab={tab}
            view={view}
            result={result}
            rowLimit={rowLimit}
            onRowLimit={onRowLimit}
            enlarged={enlarged}
            onEnlarge={onEnlarge}
            onCancel={actions.cancel}
          />
        }
      />
      <SessionBanner view={view} actions={actions} interaction={interaction} />
      <div className={styles.panel} {...panelOf(selected)}>
        {!run &&
          (view.state.kind === "running" || view.state.kind === "connecting" ? (
            <Rows />
          ) : (
            <PastedPlan text={tab.sql} fallback={<NoRun tab={tab} />} />
          ))}
        {run && result && (
          <Plan result={result} statement={statement}>
            <ResultView
              key={`${run.id}-${shown ?? 0}`}
              label={`Rows of ${resultName(statement?.sql ?? "")}`}
              result={result}
              statement={statement}
              columns={columns}
              step={run.request.rowLimit as RowLimit}
              onFetch={onFetch}
              onSelect={onSelect}
            />
          </Plan>
        )}
        {run && !result && (
          <MessagesView
            run={run}
            onGoToError={onGoToError}
            onCopy={(text) => void copyToClipboard(text, "Copied the error")}
          />
        )}
      </div>
    </section>
  );
}

/** The plan that a result is, or else its rows. */
function Plan({
  result,
  statement,
  children,
}: {
  result: ResultSet;
  statement: Statement | undefined;
  children: ReactNode;
}) {
  const text = isPlanResult(result) ? planTextOf(result, statement) : null;
  if (text === null) return children;
  return (
    <Suspense fallback={<Rows />}>
      <PlanResult text={text} fallback={children} />
    </Suspense>
  );
}

/** A plan that somebody pasted in the place of SQL needs no database. */
function PastedPlan({ text, fallback }: { text: string; fallback: ReactNode }) {
  if (!looksLikePlan(text)) return fallback;
  return (
    <Suspense fallback={<Rows />}>
      <PlanResult text={text} fallback={fallback} />
    </Suspense>
  );
}

const NO_COLUMNS: readonly ResultColumn[] = [];

/** The first result, unless something went wrong or was cancelled before there were rows. */
function firstChoice(run: Run): "first" | "messages" {
  if (failedStatement(run)) return "messages";
  const cancelled = run.state.kind === "finished" && run.state.outcome === "cancelled";
  return cancelled && run.results.every(({ rowCount }) => rowCount === 0) ? "messages" : "first";
}

function tabsOf(run: Run, messagesId: string, resultId: (index: number) => string): SubTab[] {
  const results = run.results.map((result, index): SubTab => ({
    id: resultId(index),
    label: isPlanResult(result)
      ? run.results.length === 1
        ? "Plan"
        : `${index + 1} Plan`
      : `${index + 1} ${resultName(run.statements[result.statement]?.sql ?? "")}`,
    ...(!isPlanResult(result) && { count: formatCount(result.rowCount) }),
  }));
  const failed = failedStatement(run) !== null;
  const messages: SubTab = {
    id: messagesId,
    label: "Messages",
    count: failed ? "1 error" : formatCount(run.statements.length + run.notes.length),
    ...(failed && { icon: CircleAlert, danger: true }),
  };
  return [...results, messages];
}

function Rows() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {[180, 132, 216, 96, 168].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </div>
  );
}

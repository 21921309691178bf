import { lazy, type ReactNode, type RefObject, Suspense } from "react";

import type { RowLimit } from "~/app/tabOptions";
import type { Tab } from "~/app/tabs";
import type { ResultTableHandle } from "~/grid/ResultTable";
import type { SelectionSummary } from "~/grid/summary";
import type { QuerySession } from "~/run/querySession";
import type { SessionView } from "~/run/sessionState";
import type { ResultColumn } from "~/run/protocol";
import type { ResultSet, Run } from "~/run/runRecord";
import { Skeleton } from "~/ui/Skeleton";
import { copyToClipboard } from "./clipboard";
import { compareResults, type ShownResult } from "./keptResults";
import { MessagesView } from "./MessagesView";
import { NotificationsView } from "./NotificationsView";
import { NoRun } from "./NoRun";
import { isPlanResult, planTextOf } from "./planText";
import styles from "./ResultsPane.module.css";
import { ResultView, type ResultLook } from "./ResultView";
import { useColumnViews } from "./useColumnViews";

const CompareView = lazy(async () => ({ default: (await import("./CompareView")).CompareView }));
const ComparedPlans = lazy(async () => ({ default: (await import("./ComparedPlans")).ComparedPlans }));
const HistoryPanel = lazy(async () => ({
  default: (await import("~/pages/history/HistoryPanel")).HistoryPanel,
}));
const PlanResult = lazy(async () => ({ default: (await import("./PlanResult")).PlanResult }));

/** What is shown of the results. */
export type Panel =
  | { readonly kind: "result"; readonly shown: ShownResult }
  | ({ readonly kind: "comparison" } & Compared)
  | { readonly kind: "messages" | "history" | "notifications" | "plan" };

export interface Compared {
  readonly left: ShownResult;
  readonly right: ShownResult;
}

interface ResultsPanelProps {
  tab: Tab;
  panel: Panel;
  session: QuerySession | null;
  view: SessionView;
  look: ResultLook;
  table: RefObject<ResultTableHandle | null>;
  onGoToError: () => void;
  onFetch: (rows: number | null) => void;
  onSelect: (summary: SelectionSummary | null) => void;
}

/** What stands below the tabs of the results. */
export function ResultsPanel(props: ResultsPanelProps) {
  const { tab, panel, session, view, look, table, onGoToError, onFetch, onSelect } = props;
  const { run } = view;
  const shown = panel.kind === "result" ? panel.shown : null;
  const columns = useColumnViews(shown?.target ?? tab, shown?.result.columns ?? NO_COLUMNS);
  switch (panel.kind) {
    case "plan":
      return <PastedPlan text={tab.sql} />;
    case "history":
      return (
        <Suspense fallback={<Rows />}>
          <HistoryPanel tab={tab} runs={`${run?.id ?? ""} ${run?.state.kind ?? ""}`} />
        </Suspense>
      );
    case "notifications":
      return (
        <NotificationsView
          session={session}
          listening={view.listening}
          blocked={whyNotListen(view, session)}
        />
      );
    case "comparison":
      return <Comparison tab={tab} run={run} left={panel.left} right={panel.right} />;
    case "messages":
      if (!run) return isGoing(view) ? <Rows /> : <NoRun tab={tab} />;
      return (
        <MessagesView
          run={run}
          onGoToError={onGoToError}
          onCopy={(text) => void copyToClipboard(text, "Copied the error")}
        />
      );
    case "result":
      return (
        <Plan result={panel.shown.result} isWhole={isWhole(panel.shown, run)}>
          <ResultView
            key={panel.shown.id}
            ref={table}
            tab={tab}
            shown={panel.shown}
            statement={panel.shown.isCurrent ? run?.statements[panel.shown.result.statement] : undefined}
            columns={columns}
            step={(run?.request.rowLimit ?? null) as RowLimit}
            look={look}
            onFetch={onFetch}
            onSelect={onSelect}
          />
        </Plan>
      );
  }
}

const NO_COLUMNS: readonly ResultColumn[] = [];

/** Two results side by side, as plans where both are. */
function Comparison({ tab, run, left, right }: { tab: Tab; run: Run | null } & Compared) {
  const plans = plansOf({ left, right }, run);
  return (
    <Suspense fallback={<Rows />}>
      {plans ? (
        <ComparedPlans {...plans} />
      ) : (
        <CompareView
          key={`${left.id} ${right.id}`}
          left={left}
          right={right}
          onClose={() => compareResults(tab.id, null)}
        />
      )}
    </Suspense>
  );
}

/** The plan that a result is, or else its rows. */
function Plan({
  result,
  isWhole: whole,
  children,
}: {
  result: ResultSet;
  isWhole: boolean;
  children: ReactNode;
}) {
  const text = isPlanResult(result) ? planTextOf(result, whole) : null;
  if (text === null) return children;
  return (
    <Suspense fallback={<Rows />}>
      <PlanResult text={text} fallback={children} />
    </Suspense>
  );
}

/** A plan that somebody pasted in the place of SQL needs no database. */
function PastedPlan({ text }: { text: string }) {
  const unread = (
    <p className={styles.unread}>
      This cannot be read as a plan. If it is one, paste all that EXPLAIN wrote, from its first line to its
      last.
    </p>
  );
  return (
    <Suspense fallback={<Rows />}>
      <PlanResult text={text} fallback={unread} />
    </Suspense>
  );
}

function whyNotListen({ state, transaction }: SessionView, session: QuerySession | null): string | null {
  if (!session) return "Choose a database first";
  if (state.kind === "paused") return "A result waits for more rows: fetch or cancel it first";
  return transaction.state === "failed" ? "The transaction failed: roll it back first" : null;
}

/** All of its rows are here; those of earlier runs do not change any more. */
function isWhole({ isCurrent, result }: ShownResult, run: Run | null): boolean {
  return !isCurrent || run?.statements[result.statement]?.state.kind === "finished";
}

/** The texts of two plans that are compared; null when they are rows. */
function plansOf({ left, right }: Compared, run: Run | null) {
  if (!isPlanResult(left.result) || !isPlanResult(right.result)) return null;
  const texts = [left, right].map((shown) => planTextOf(shown.result, isWhole(shown, run)));
  const [one, other] = texts;
  if (one == null || other == null) return null;
  const alike = left.name === right.name;
  return {
    left: one,
    right: other,
    names: alike ? (["before", "after"] as const) : ([left.name, right.name] as const),
  };
}

function isGoing({ state }: SessionView): boolean {
  return state.kind === "running" || state.kind === "connecting";
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

import { Bell, CircleAlert, Columns2, History, Pin } from "lucide-react";
import { lazy, memo, type ReactNode, Suspense, useCallback, useMemo, useRef, useState } from "react";

import { useCommands } from "~/app/commands";
import { useInteraction } from "~/app/connect";
import type { RowLimit } from "~/app/tabOptions";
import type { Tab } from "~/app/tabs";
import type { ResultTableHandle } from "~/grid/ResultTable";
import type { SelectionSummary } from "~/grid/summary";
import type { Listening } from "~/run/notifications";
import type { QuerySession } from "~/run/querySession";
import type { SessionView } from "~/run/sessionState";
import type { ResultColumn } from "~/run/protocol";
import type { ResultSet, Run } from "~/run/runRecord";
import { formatCount } from "~/ui/format";
import { Skeleton } from "~/ui/Skeleton";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import { panelOf, SubTabs, type SubTab } from "~/ui/SubTabs";
import { copyToClipboard } from "./clipboard";
import {
  compareResults,
  renameResult,
  shownResults,
  useKept,
  type Comparison,
  type ShownResult,
} from "./keptResults";
import { MessagesView } from "./MessagesView";
import { NotificationsView } from "./NotificationsView";
import { NoRun } from "./NoRun";
import { QUERY_KEYS } from "./queryKeys";
import { isPlanResult, looksLikePlan, planTextOf } from "./planText";
import { RenameDialog } from "./RenameDialog";
import { ResultsBar } from "./ResultsBar";
import styles from "./ResultsPane.module.css";
import { expandedStatements } from "./expanded";
import { ResultView, type ResultLook } from "./ResultView";
import { failedStatement } from "./runWords";
import { SessionBanner, type SessionActions } from "./SessionBanner";
import { useColumnViews } from "./useColumnViews";

const CompareView = lazy(async () => ({ default: (await import("./CompareView")).CompareView }));
const ComparedPlans = lazy(async () => ({ default: (await import("./ComparedPlans")).ComparedPlans }));
const HistoryPanel = lazy(async () => ({
  default: (await import("~/pages/history/HistoryPanel")).HistoryPanel,
}));
const PlanResult = lazy(async () => ({ default: (await import("./PlanResult")).PlanResult }));

interface ResultsPaneProps {
  tab: Tab;
  active: boolean;
  session: QuerySession | null;
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

/** What the last run brought: a tab for each result, those pinned before, and one for what PostgreSQL said. */
export const ResultsPane = memo(function ResultsPane(props: ResultsPaneProps) {
  const {
    tab,
    active,
    session,
    view,
    actions,
    rowLimit,
    onRowLimit,
    enlarged,
    onEnlarge,
    onGoToError,
    onFetch,
    onSelect,
  } = props;
  const { run } = view;
  const interaction = useInteraction(tab.serverId);
  const kept = useKept(tab.id);
  const results = useMemo(() => shownResults(run, kept), [run, kept]);
  const [choice, setChoice] = useState<{ run: number | null; id: string } | null>(null);
  const [looks, setLooks] = useState<ReadonlyMap<string, ResultLook>>(new Map());
  const [renamed, setRenamed] = useState<ShownResult | null>(null);
  const table = useRef<ResultTableHandle>(null);
  const keeper = useFocusKeeper<HTMLElement>('canvas[tabindex="0"]', '[role="tab"][aria-selected="true"]');
  const [notifies, setNotifies] = useState(false);
  const { listening } = view;
  const hasNotifications = notifies || listening.channels.length > 0 || listening.heard.length > 0;
  const notificationsId = `${tab.id}-notifications`;
  const messagesId = `${tab.id}-messages`;
  const historyId = `${tab.id}-history`;
  const comparisonId = `${tab.id}-comparison`;
  const planId = `${tab.id}-plan`;
  const tabId = (id: string) => `${tab.id}-${id}`;

  const hasPlan = looksLikePlan(tab.sql);
  const chosen = choice?.run === (run?.id ?? null) ? choice.id : firstChoice(run, hasPlan, planId);
  const shown = results.find(
    ({ id, isCurrent }) => tabId(id) === chosen || (chosen === "first" && isCurrent),
  );
  const compared = kept.comparison && comparedOf(results, kept.comparison);
  const comparing = compared !== null && chosen === comparisonId;
  const notifying = hasNotifications && chosen === notificationsId;
  const past = chosen === historyId;
  const planned = hasPlan && chosen === planId;
  const selected = past
    ? historyId
    : planned
      ? planId
      : notifying
        ? notificationsId
        : comparing
          ? comparisonId
          : shown
            ? tabId(shown.id)
            : messagesId;
  // Asked of every run, since `\x` alone brings no result and holds for the next one.
  const expandedIn = run === null ? [] : expandedStatements(tab.id, run);
  const expanded = shown?.isCurrent === true && expandedIn[shown.result.statement] === true;
  const look = (shown && looks.get(shown.id)) ?? (expanded ? "records" : "rows");
  const comparedPlans = compared && plansOf(compared, run);
  const statement = shown?.isCurrent ? run?.statements[shown.result.statement] : undefined;
  const columns = useColumnViews(tab, shown?.result.columns ?? NO_COLUMNS);
  const select = (id: string) => setChoice({ run: run?.id ?? null, id });
  const showAs = (next: ResultLook) => {
    if (shown) setLooks(new Map(looks).set(shown.id, next));
  };
  const showNotifications = useCallback(() => {
    setNotifies(true);
    setChoice({ run: run?.id ?? null, id: notificationsId });
  }, [run?.id, notificationsId]);
  const showHistory = useCallback(
    () => setChoice({ run: run?.id ?? null, id: historyId }),
    [run?.id, historyId],
  );
  useCommands(
    `results-${tab.id}`,
    useMemo(
      () =>
        active
          ? [
              {
                id: "query.notifications",
                title: "Show notifications",
                icon: Bell,
                keys: QUERY_KEYS.notifications,
                run: showNotifications,
              },
              { id: "query.history", title: "Show what ran in this tab", icon: History, run: showHistory },
            ]
          : [],
      [active, showNotifications, showHistory],
    ),
  );
  const showComparison = (comparison: Comparison) => {
    compareResults(tab.id, comparison);
    select(comparisonId);
  };

  return (
    <section {...keeper} className={styles.pane} aria-label="Results" data-region="results">
      <SubTabs
        label="Results"
        tabs={[
          ...results.map((result) => tabOf(result, tabId(result.id))),
          ...(compared ? [{ id: comparisonId, label: "Comparison", icon: Columns2 }] : []),
          ...(hasPlan ? [{ id: planId, label: "Plan" }] : []),
          ...(run || !hasPlan ? [messagesTab(run, messagesId)] : []),
          { id: historyId, label: "History" },
          ...(hasNotifications ? [notificationsTab(listening, notificationsId)] : []),
        ]}
        selected={selected}
        onSelect={select}
        onDouble={(id) => setRenamed(results.find((result) => tabId(result.id) === id) ?? null)}
        end={
          <ResultsBar
            tab={tab}
            active={active}
            view={view}
            shown={comparing || notifying || past || planned ? undefined : shown}
            others={results.filter((other) => other !== shown)}
            table={table}
            rowLimit={rowLimit}
            onRowLimit={onRowLimit}
            look={look}
            onLook={showAs}
            onRename={setRenamed}
            onCompare={showComparison}
            enlarged={enlarged}
            onEnlarge={onEnlarge}
            onCancel={actions.cancel}
          />
        }
      />
      <SessionBanner view={view} actions={actions} interaction={interaction} />
      <div className={styles.panel} {...panelOf(selected)}>
        {planned && <PastedPlan text={tab.sql} />}
        {selected === messagesId && !run && (isGoing(view) ? <Rows /> : <NoRun tab={tab} />)}
        {past && (
          <Suspense fallback={<Rows />}>
            <HistoryPanel tab={tab} runs={`${run?.id ?? ""} ${run?.state.kind ?? ""}`} />
          </Suspense>
        )}
        {notifying && (
          <NotificationsView session={session} listening={listening} blocked={whyNotListen(view, session)} />
        )}
        {comparing && !notifying && comparedPlans && (
          <Suspense fallback={<Rows />}>
            <ComparedPlans {...comparedPlans} />
          </Suspense>
        )}
        {comparing && !notifying && !comparedPlans && (
          <Suspense fallback={<Rows />}>
            <CompareView
              key={`${compared.left.id} ${compared.right.id}`}
              tab={tab}
              left={compared.left}
              right={compared.right}
              onClose={() => compareResults(tab.id, null)}
            />
          </Suspense>
        )}
        {selected === (shown && tabId(shown.id)) && shown && (
          <Plan result={shown.result} isWhole={isWhole(shown, run)}>
            <ResultView
              key={shown.id}
              ref={table}
              tab={tab}
              shown={shown}
              statement={statement}
              columns={columns}
              step={(run?.request.rowLimit ?? null) as RowLimit}
              look={look}
              onFetch={onFetch}
              onSelect={onSelect}
            />
          </Plan>
        )}
        {selected === messagesId && run && (
          <MessagesView
            run={run}
            onGoToError={onGoToError}
            onCopy={(text) => void copyToClipboard(text, "Copied the error")}
          />
        )}
      </div>
      {renamed && (
        <RenameDialog
          name={renamed.name}
          onRename={(name) => renameResult(tab.id, renamed.id, name)}
          onClose={() => setRenamed(null)}
        />
      )}
    </section>
  );
});

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

const NO_COLUMNS: readonly ResultColumn[] = [];

/**
 * A plan that was pasted since; otherwise the first result, unless something went wrong or was cancelled before there
 * were rows.
 */
function firstChoice(run: Run | null, hasPlan: boolean, planId: string): string {
  if (hasPlan && !(run && looksLikePlan(run.request.document))) return planId;
  if (!run) return "messages";
  if (failedStatement(run)) return "messages";
  const cancelled = run.state.kind === "finished" && run.state.outcome === "cancelled";
  return cancelled && run.results.every(({ rowCount }) => rowCount === 0) ? "messages" : "first";
}

function tabOf({ name, result, pinned }: ShownResult, id: string): SubTab {
  return {
    id,
    label: name,
    ...(!isPlanResult(result) && { count: formatCount(result.rowCount) }),
    ...(pinned && { mark: { icon: Pin, label: "pinned" } }),
  };
}

function messagesTab(run: Run | null, id: string): SubTab {
  if (!run) return { id, label: "Messages" };
  const failed = failedStatement(run) !== null;
  return {
    id,
    label: "Messages",
    count: failed ? "1 error" : formatCount(run.statements.length + run.notes.length),
    ...(failed && { icon: CircleAlert, danger: true }),
  };
}

function notificationsTab({ heard, dropped }: Listening, id: string): SubTab {
  const count = heard.length + dropped;
  return { id, label: "Notifications", icon: Bell, ...(count > 0 && { count: formatCount(count) }) };
}

function whyNotListen({ state, transaction }: SessionView, session: QuerySession | null): string | null {
  if (!session) return "Choose a database first";
  if (state.kind === "paused") return "A result waits for more rows: fetch or cancel it first";
  return transaction.state === "failed" ? "The transaction failed: roll it back first" : null;
}

function comparedOf(
  results: readonly ShownResult[],
  { left, right }: Comparison,
): { left: ShownResult; right: ShownResult } | null {
  const [one, other] = [left, right].map((id) => results.find((result) => result.id === id));
  return one && other ? { left: one, right: other } : null;
}

/** All of its rows are here; those of earlier runs do not change any more. */
function isWhole({ isCurrent, result }: ShownResult, run: Run | null): boolean {
  return !isCurrent || run?.statements[result.statement]?.state.kind === "finished";
}

/** The texts of two plans that are compared; null when they are rows. */
function plansOf({ left, right }: { left: ShownResult; right: ShownResult }, run: Run | null) {
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

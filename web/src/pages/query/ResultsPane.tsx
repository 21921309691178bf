import { Bell, CircleAlert, Columns2, History, Pin } from "lucide-react";
import { memo, useCallback, useMemo, useRef, useState } from "react";

import { useCommands } from "~/app/commands";
import { useInteraction } from "~/app/connect";
import type { RowLimit } from "~/app/tabOptions";
import type { Tab } from "~/app/tabs";
import type { ResultTableHandle } from "~/grid/ResultTable";
import type { SelectionSummary } from "~/grid/summary";
import type { Listening } from "~/run/notifications";
import type { QuerySession } from "~/run/querySession";
import type { SessionView } from "~/run/sessionState";
import type { Run } from "~/run/runRecord";
import { formatCount } from "~/ui/format";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import { panelOf, SubTabs, type SubTab } from "~/ui/SubTabs";
import {
  compareResults,
  renameResult,
  shownResults,
  useKept,
  type Comparison,
  type ShownResult,
} from "./keptResults";
import { QUERY_KEYS } from "./queryKeys";
import { isPlanResult, looksLikePlan } from "./planText";
import { RenameDialog } from "./RenameDialog";
import { ResultsBar } from "./ResultsBar";
import styles from "./ResultsPane.module.css";
import { type Compared, type Panel, ResultsPanel } from "./ResultsPanel";
import { expandedStatements } from "./expanded";
import type { ResultLook } from "./ResultView";
import { failedStatement } from "./runWords";
import { SessionBanner, type SessionActions } from "./SessionBanner";

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
  const { run, listening } = view;
  const interaction = useInteraction(tab.serverId);
  const kept = useKept(tab.id);
  const { serverId, database } = tab;
  const results = useMemo(
    () => shownResults(run, kept, { serverId, database }),
    [run, kept, serverId, database],
  );
  const [choice, setChoice] = useState<{ run: number | null; id: string } | null>(null);
  const [looks, setLooks] = useState<ReadonlyMap<string, ResultLook>>(new Map());
  const [renamed, setRenamed] = useState<ShownResult | null>(null);
  const table = useRef<ResultTableHandle>(null);
  const keeper = useFocusKeeper<HTMLElement>('canvas[tabindex="0"]', '[role="tab"][aria-selected="true"]');
  const [notifies, setNotifies] = useState(false);
  const hasNotifications = notifies || listening.channels.length > 0 || listening.heard.length > 0;
  const tabId = (id: string) => `${tab.id}-${id}`;
  const notificationsId = tabId("notifications");
  const historyId = tabId("history");

  const hasPlan = looksLikePlan(tab.sql);
  const compared = kept.comparison && comparedOf(results, kept.comparison);
  const chosen = choice?.run === (run?.id ?? null) ? choice.id : firstChoice(run, hasPlan, tabId("plan"));
  const panel = panelOfChoice();
  const shown = panel.kind === "result" ? panel.shown : undefined;
  const selected = tabId(shown?.id ?? panel.kind);

  function panelOfChoice(): Panel {
    if (chosen === historyId) return { kind: "history" };
    if (hasPlan && chosen === tabId("plan")) return { kind: "plan" };
    if (hasNotifications && chosen === notificationsId) return { kind: "notifications" };
    if (compared && chosen === tabId("comparison")) return { kind: "comparison", ...compared };
    const result = results.find(
      ({ id, isCurrent }) => tabId(id) === chosen || (chosen === "first" && isCurrent),
    );
    return result ? { kind: "result", shown: result } : { kind: "messages" };
  }

  // Asked of every run, since `\x` alone brings no result and holds for the next one.
  const expandedIn = run === null ? [] : expandedStatements(tab.id, run);
  const expanded = shown?.isCurrent === true && expandedIn[shown.result.statement] === true;
  const look = (shown && looks.get(shown.id)) ?? (expanded ? "records" : "rows");
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
    select(tabId("comparison"));
  };

  return (
    <section {...keeper} className={styles.pane} aria-label="Results" data-region="results">
      <SubTabs
        label="Results"
        tabs={[
          ...results.map((result) => tabOf(result, tabId(result.id))),
          ...(compared ? [{ id: tabId("comparison"), label: "Comparison", icon: Columns2 }] : []),
          ...(hasPlan ? [{ id: tabId("plan"), label: "Plan" }] : []),
          ...(run || !hasPlan ? [messagesTab(run, tabId("messages"))] : []),
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
            shown={shown}
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
        <ResultsPanel
          tab={tab}
          panel={panel}
          session={session}
          view={view}
          look={look}
          table={table}
          onGoToError={onGoToError}
          onFetch={onFetch}
          onSelect={onSelect}
        />
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

function comparedOf(results: readonly ShownResult[], { left, right }: Comparison): Compared | null {
  const [one, other] = [left, right].map((id) => results.find((result) => result.id === id));
  return one && other ? { left: one, right: other } : null;
}

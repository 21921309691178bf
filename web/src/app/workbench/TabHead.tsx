import type { IDockviewPanelHeaderProps } from "dockview-react";
import {
  CircleCheck,
  CircleX,
  Columns2,
  GitCommitHorizontal,
  LoaderCircle,
  OctagonX,
  Pencil,
  Rows2,
  X,
} from "lucide-react";
import { type KeyboardEvent, useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { useShallow } from "zustand/react/shallow";
import { isChangedSince } from "~/pages/history/saveTabQuery";
import { classes } from "~/ui/classes";
import { Icon } from "~/ui/Icon";
import { MenuArea, type MenuEntry } from "~/ui/Menu";
import type { Server } from "~/api/types";
import { requestClose, requestCloseAll } from "../closeTab";
import { hasStaged } from "../dataTab";
import { environmentOf, useServer } from "../servers";
import { iconOfTab } from "../tabIcon";
import { noteSeen, type TabRun, useTabRuns } from "../tabRuns";
import { renameTab, type Tab, useTabs } from "../tabs";
import { type OpenTransaction, useTransactions } from "../transactions";
import { canSplit, splitTab } from "./dock";
import styles from "./TabHead.module.css";

function factsOf(tab: Tab | undefined) {
  if (!tab) return undefined;
  const { id, title, serverId, database } = tab;
  const [changed, staged, icon] = [isChangedSince(tab), hasStaged(tab), iconOfTab(tab)];
  return { id, title, serverId, database, changed, staged, icon };
}

/** What a tab shows of itself. Its stripe says whether it stands on production. */
export function TabHead({ api, tabLocation }: IDockviewPanelHeaderProps) {
  // A head stays as it is while one types.
  const tab = useTabs(useShallow((state) => factsOf(state.tabs[api.id])));
  const server = useServer(tab?.serverId ?? null);
  const [renaming, setRenaming] = useState(false);
  const transaction = useTransactions(({ byTab }) => byTab[api.id]?.state);
  const { changed = false, staged = false } = tab ?? {};
  const run = useTabRuns(({ byTab }) => byTab[api.id]);
  const production = environmentOf(server) === "production";
  useSaidState(api.id, tab?.title ?? "", placeOf(server, tab?.database ?? null), [
    ...(production ? ["production"] : []),
    ...(run === undefined ? [] : [RUN_WORDS[run]]),
    ...(transaction === undefined ? [] : [TRANSACTION_WORDS[transaction]]),
    ...(changed ? ["changed since it was saved"] : []),
    ...(staged ? ["staged changes"] : []),
  ]);
  const isShown = useIsShown(api);
  useEffect(() => {
    // The library looks whether the tab is in sight before the title has its width.
    if (isShown) tabElement(api.id)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isShown, api.id, tab?.title]);
  useEffect(() => {
    if (isShown) noteSeen(api.id);
  }, [isShown, run, api.id]);
  if (!tab) return null;

  const { id, title } = tab;
  const place = placeOf(server, tab.database);
  const head = (
    <div
      className={classes(styles.head, production && styles.production)}
      data-tab-id={id}
      title={place === "" ? title : `${title}, ${place}`}
      onDoubleClick={() => setRenaming(true)}
      onAuxClick={(event) => event.button === 1 && void requestClose(id)}
    >
      <Icon of={tab.icon} />
      {renaming ? (
        <Rename title={title} onDone={(next) => (setRenaming(false), next !== null && renameTab(id, next))} />
      ) : (
        <span className={styles.title}>{title}</span>
      )}
      {run !== undefined && !isShown && <RunMark run={run} />}
      {transaction !== undefined && <TransactionMark state={transaction} />}
      {changed && <span className={styles.changed} title="Changed since it was saved (Ctrl+S saves it)" />}
      {staged && <span className={styles.changed} title="Changes are staged" />}
      {tabLocation === "header" && (
        <span
          className={styles.close}
          aria-hidden="true"
          title="Close (Alt+W)"
          onPointerDown={(event) => event.stopPropagation()}
          onClick={() => void requestClose(id)}
        >
          <Icon of={X} size={14} />
        </span>
      )}
    </div>
  );
  return tabLocation === "header" ? (
    <MenuArea entries={menuOf(id, () => setRenaming(true))}>{head}</MenuArea>
  ) : (
    head
  );
}

/** The server and the database that a tab is on. */
function placeOf(server: Server | undefined, database: string | null): string {
  return [server?.name, database].filter((part) => part != null).join(" / ");
}

const RUN_WORDS = {
  running: "running",
  ended: "has run since you looked",
  failed: "failed since you looked",
} as const satisfies Record<TabRun, string>;

const TRANSACTION_WORDS = { in_transaction: "in transaction", failed: "transaction failed" } as const;

/**
 * Has assistive technology say more of a tab than its title, which is all that dockview tells: how it stands with it, where
 * it is, and the keys that close it, since a button within a tab cannot be reached.
 */
function useSaidState(id: string, title: string, place: string, words: readonly string[]): void {
  const label = [title, ...words].join(", ");
  useEffect(() => {
    const element = tabElement(id);
    element?.setAttribute("aria-label", label);
    element?.setAttribute("aria-description", place);
    element?.setAttribute("aria-keyshortcuts", "Delete Alt+W");
    element?.closest('[role="tablist"]')?.setAttribute("aria-label", "Open tabs");
  }, [id, label, place]);
}

function tabElement(id: string): Element | null {
  return document.querySelector(`[role="tab"][data-tab-panel-id="${CSS.escape(id)}"]`);
}

/** Whether the tab is the one in front of its group. */
function useIsShown(api: IDockviewPanelHeaderProps["api"]): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const watched = api.onDidVisibilityChange(changed);
      return () => watched.dispose();
    },
    [api],
  );
  return useSyncExternalStore(subscribe, () => api.isVisible);
}

/** That something runs in the tab, or how it ended while the person was elsewhere. */
function RunMark({ run }: { run: TabRun }) {
  const icon = { running: LoaderCircle, ended: CircleCheck, failed: CircleX }[run];
  return (
    <span className={styles[run]} title={`This tab: ${RUN_WORDS[run]}`}>
      <Icon of={icon} size={14} />
    </span>
  );
}

/** That the tab holds a transaction open, also while it is in the background. */
function TransactionMark({ state }: { state: OpenTransaction["state"] }) {
  const failed = state === "failed";
  return (
    <span
      className={failed ? styles.transactionFailed : styles.open}
      title={`This tab: ${TRANSACTION_WORDS[state]}`}
    >
      <Icon of={failed ? OctagonX : GitCommitHorizontal} size={14} />
    </span>
  );
}

function menuOf(id: string, rename: () => void): MenuEntry[] {
  const others = useTabs.getState().order.filter((other) => other !== id);
  const alone = !canSplit(id);
  return [
    { kind: "action", label: "Rename tab", icon: Pencil, run: rename },
    {
      kind: "action",
      label: "Split right",
      icon: Columns2,
      disabled: alone,
      run: () => splitTab(id, "right"),
    },
    { kind: "action", label: "Split down", icon: Rows2, disabled: alone, run: () => splitTab(id, "below") },
    { kind: "separator" },
    { kind: "action", label: "Close tab", icon: X, keys: "Alt+W", run: () => void requestClose(id) },
    {
      kind: "action",
      label: "Close other tabs",
      disabled: others.length === 0,
      run: () => void requestCloseAll(others),
    },
  ];
}

/** The title as a field. Enter keeps, Esc drops, and going elsewhere keeps. */
function Rename({ title, onDone }: { title: string; onDone: (title: string | null) => void }) {
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    event.stopPropagation();
    if (event.key === "Enter") onDone(event.currentTarget.value.trim() || null);
    if (event.key === "Escape") onDone(null);
  };
  return (
    <input
      className={styles.rename}
      aria-label="Title of the tab"
      defaultValue={title}
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onKeyDown={onKeyDown}
      onBlur={(event) => onDone(event.currentTarget.value.trim() || null)}
      onPointerDown={(event) => event.stopPropagation()}
    />
  );
}

import { ChevronDown, CircleStop, Play, TextAlignStart, Undo2 } from "lucide-react";
import { memo } from "react";

import type { Tab } from "~/app/tabs";
import type { RunScope } from "~/editor/extensions";
import type { QuerySession } from "~/run/querySession";
import type { SessionView, TransactionCommand } from "~/run/sessionState";
import { Button, IconButton } from "~/ui/Button";
import { ariaKeys, joined } from "~/ui/keys";
import { Menu } from "~/ui/Menu";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import type { ExplainKind } from "./explain";
import { ExplainMenu } from "./ExplainMenu";
import styles from "./QueryToolbar.module.css";
import { SavedMenu } from "./SavedMenu";
import { SessionMenu } from "./SessionMenu";
import { TargetMenu, type Target } from "./TargetMenu";
import { TransactionMenu } from "./TransactionMenu";
import { TransactionPill } from "./TransactionPill";

interface QueryToolbarProps {
  tab: Tab;
  active: boolean;
  session: QuerySession | null;
  view: SessionView;
  hasSelection: boolean;
  onRun: (scope: RunScope) => void;
  onCancel: () => void;
  onTransaction: (command: TransactionCommand) => void;
  onTarget: (target: Target) => Promise<void>;
  onExplain: (kind: ExplainKind) => void;
  onFormat: () => void;
  onUnlock: () => void;
}

/** Run, cancel, where it runs, and the transaction. */
export const QueryToolbar = memo(function QueryToolbar(props: QueryToolbarProps) {
  const {
    tab,
    active,
    session,
    view,
    hasSelection,
    onRun,
    onCancel,
    onTransaction,
    onTarget,
    onExplain,
    onFormat,
    onUnlock,
  } = props;
  const busy = isBusy(view);
  const noTarget = tab.database === null;
  const whyNot = noTarget ? "Choose a database first" : "A run goes on: cancel it first";
  const blocked = busy || noTarget;
  const { state } = view.transaction;
  const noTransaction = state === "idle" ? "No transaction is open" : busy ? "A run goes on" : undefined;
  const spare = state === "idle" ? styles.spare : undefined;
  // From Run to Cancel while it runs, and back.
  const keeper = useFocusKeeper<HTMLDivElement>("button:not(:disabled)");
  return (
    <div
      {...keeper}
      className={styles.toolbar}
      role="toolbar"
      aria-label="Query"
      data-region="toolbar"
      // Who holds Enter on Run must not cancel with it.
      onKeyDownCapture={(event) => event.repeat && event.key === "Enter" && event.preventDefault()}
    >
      <span className={styles.split}>
        <Button
          variant="primary"
          icon={Play}
          keys="Mod+Enter"
          disabled={blocked}
          title={blocked ? whyNot : runTitle(hasSelection)}
          onClick={() => onRun(hasSelection ? "selection" : "statement")}
        >
          Run
        </Button>
        <Menu
          trigger={<IconButton variant="primary" icon={ChevronDown} label="Run options" disabled={blocked} />}
          entries={[
            {
              kind: "action",
              label: "Run statement at cursor",
              icon: Play,
              keys: "Mod+Enter",
              run: () => onRun("statement"),
            },
            {
              kind: "action",
              label: "Run selection",
              disabled: !hasSelection,
              run: () => onRun("selection"),
            },
            { kind: "action", label: "Run all", keys: "Mod+Shift+Enter", run: () => onRun("all") },
          ]}
        />
      </span>
      <IconButton
        icon={CircleStop}
        label="Cancel"
        keys="Alt+C"
        variant={busy ? "danger-quiet" : "ghost"}
        disabled={!isCancellable(view)}
        onClick={onCancel}
      />
      <span className={styles.separator} />
      <TargetMenu tab={tab} onChoose={(target) => void onTarget(target)} />
      <SessionMenu tabId={tab.id} active={active} session={session} view={view} onUnlock={onUnlock} />
      <TransactionMenu tabId={tab.id} />
      <TransactionPill transaction={view.transaction} />
      <Button
        className={spare}
        aria-keyshortcuts={ariaKeys("Alt+Shift+M")}
        disabled={state !== "in_transaction" || busy}
        title={
          state === "failed"
            ? "The transaction failed: it can only be rolled back"
            : (noTransaction ?? `Commit the transaction (${joined("Alt+Shift+M")})`)
        }
        onClick={() => onTransaction("commit")}
      >
        Commit
      </Button>
      <Button
        className={spare}
        variant={state === "failed" ? "danger-quiet" : "secondary"}
        {...(state === "failed" && { icon: Undo2 })}
        aria-keyshortcuts={ariaKeys("Alt+Shift+R")}
        disabled={state === "idle" || busy}
        title={noTransaction ?? `Roll the transaction back (${joined("Alt+Shift+R")})`}
        onClick={() => onTransaction("rollback")}
      >
        Roll back
      </Button>
      <span className={styles.end}>
        <ExplainMenu
          tabId={tab.id}
          active={active}
          view={view}
          disabled={blocked}
          why={whyNot}
          onExplain={onExplain}
        />
        <Button
          variant="ghost"
          icon={TextAlignStart}
          fold
          title="Format the selection or the whole text"
          onClick={onFormat}
        >
          Format
        </Button>
        <SavedMenu tab={tab} />
      </span>
    </div>
  );
});

function runTitle(hasSelection: boolean): string {
  return hasSelection ? "Run the selection" : "Run the statement at the cursor";
}

export function isBusy({ state }: SessionView): boolean {
  return state.kind === "running" || state.kind === "connecting";
}

export function isCancellable({ state }: SessionView): boolean {
  return state.kind === "running" || state.kind === "connecting" || state.kind === "paused";
}

import { CircleStop, ListTree, Lock, LockOpen, PenLine, Play, Save, TextAlignStart } from "lucide-react";
import { useMemo } from "react";

import { type Command, useCommands } from "~/app/commands";
import { useEditorSettings } from "~/app/editorSettings";
import { saveTab } from "~/app/localFiles";
import { EDITOR_COMMANDS } from "~/editor/editorCommands";
import type { RunScope } from "~/editor/extensions";
import { saveTabQuery } from "~/pages/history/saveTabQuery";
import type { SessionView, TransactionCommand } from "~/run/sessionState";
import type { ExplainKind } from "./explain";
import { isBusy, isCancellable } from "./QueryToolbar";
import { QUERY_KEYS } from "./queryKeys";
import { changeTabOptions, tabOptions, useTabOptions } from "./tabOptions";

interface Actions {
  readonly run: (scope: RunScope) => void;
  readonly cancel: () => void;
  readonly endTransaction: (command: TransactionCommand) => void;
  readonly goToError: () => void;
  readonly explain: (kind: ExplainKind) => void;
  readonly format: () => void;
  readonly edit: (command: string) => void;
  readonly unlock: () => void;
  readonly lock: () => void;
}

const NONE: readonly Command[] = [];

/** Offers what the tab can do in the palette and by key while it is the active one. */
export function useQueryCommands(tabId: string, active: boolean, view: SessionView, actions: Actions): void {
  const { run, cancel, endTransaction, goToError, explain, format, edit, unlock, lock } = actions;
  const busy = isBusy(view);
  const cancellable = isCancellable(view);
  const open = view.transaction.state;
  const connection = "connection" in view.state ? view.state.connection : null;
  const writes = connection?.read_only === true ? connection.writes : null;
  const holdsQuery = useTabOptions(tabId).saved !== null;
  const keymap = useEditorSettings((settings) => settings.keymap);
  const commands = useMemo((): readonly Command[] => {
    if (!active) return NONE;
    const runs: Command[] = [
      {
        id: "query.run",
        title: "Run statement or selection",
        icon: Play,
        keys: QUERY_KEYS.run,
        run: () => run("statement"),
      },
      {
        id: "query.run-all",
        title: "Run all statements",
        icon: Play,
        keys: QUERY_KEYS.runAll,
        run: () => run("all"),
      },
      {
        id: "query.explain",
        title: "Explain statement",
        icon: ListTree,
        keys: QUERY_KEYS.explain,
        run: () => explain("plan"),
      },
      {
        id: "query.explain-analyze",
        title: "Explain statement and run it",
        icon: ListTree,
        keys: QUERY_KEYS.explainAnalyze,
        run: () => explain("analyze"),
      },
    ];
    return [
      ...(busy ? [] : runs),
      ...(cancellable
        ? [
            {
              id: "query.cancel",
              title: "Cancel run",
              icon: CircleStop,
              keys: QUERY_KEYS.cancel,
              run: cancel,
            },
          ]
        : []),
      ...(open === "in_transaction" && !busy
        ? [
            {
              id: "query.commit",
              title: "Commit transaction",
              keys: QUERY_KEYS.commit,
              run: () => endTransaction("commit"),
            },
          ]
        : []),
      ...(open !== "idle" && !busy
        ? [
            {
              id: "query.rollback",
              title: "Roll back transaction",
              keys: QUERY_KEYS.rollBack,
              run: () => endTransaction("rollback"),
            },
          ]
        : []),
      {
        id: "query.manual",
        title: "Transactions: manual commit",
        run: () => changeTabOptions(tabId, { manual: true }),
      },
      {
        id: "query.autocommit",
        title: "Transactions: autocommit",
        run: () => changeTabOptions(tabId, { manual: false }),
      },
      {
        id: "query.savepoints",
        title: "Transactions: savepoint for each statement on or off",
        run: () => changeTabOptions(tabId, { savepoints: !tabOptions(tabId).savepoints }),
      },
      {
        id: "query.read-only",
        title: "Session: read only on or off",
        run: () => changeTabOptions(tabId, { readOnly: !tabOptions(tabId).readOnly }),
      },
      ...(writes === "locked"
        ? [{ id: "query.unlock", title: "Session: unlock writing", icon: LockOpen, run: unlock }]
        : []),
      ...(writes === "allowed"
        ? [{ id: "query.lock", title: "Session: lock writing again", icon: Lock, run: lock }]
        : []),
      { id: "query.format", title: "Format SQL", icon: TextAlignStart, keys: QUERY_KEYS.format, run: format },
      { id: "query.error", title: "Go to error", keys: QUERY_KEYS.goToError, run: goToError },
      {
        id: "save",
        title: holdsQuery ? "Save query where it was opened from" : "Save file",
        icon: Save,
        keys: QUERY_KEYS.save,
        run: () => void (holdsQuery ? saveTabQuery(tabId) : saveTab(tabId)),
      },
      ...(holdsQuery
        ? [{ id: "file.save", title: "Save file", icon: Save, run: () => void saveTab(tabId) }]
        : []),
      ...EDITOR_COMMANDS.map(({ id, title, keys }): Command => {
        const key = keys[keymap];
        return {
          id: `editor.${id}`,
          title,
          icon: PenLine,
          ...(key !== undefined && { keys: key, keysAreLocal: true }),
          run: () => edit(id),
        };
      }),
    ];
  }, [
    active,
    busy,
    cancellable,
    open,
    keymap,
    tabId,
    run,
    cancel,
    endTransaction,
    goToError,
    explain,
    format,
    edit,
    holdsQuery,
    writes,
    unlock,
    lock,
  ]);
  useCommands(`query-${tabId}`, commands);
}

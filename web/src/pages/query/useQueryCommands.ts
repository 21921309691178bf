import { CircleStop, ListTree, PenLine, Play, Save, TextAlignStart } from "lucide-react";
import { useMemo } from "react";

import { type Command, useCommands } from "~/app/commands";
import { useEditorSettings } from "~/app/editorSettings";
import { saveTab } from "~/app/localFiles";
import { EDITOR_COMMANDS } from "~/editor/editorCommands";
import type { RunScope } from "~/editor/extensions";
import type { SessionView, TransactionCommand } from "~/run/sessionState";
import type { ExplainKind } from "./explain";
import { isBusy, isCancellable } from "./QueryToolbar";

interface Actions {
  readonly run: (scope: RunScope) => void;
  readonly cancel: () => void;
  readonly endTransaction: (command: TransactionCommand) => void;
  readonly goToError: () => void;
  readonly explain: (kind: ExplainKind) => void;
  readonly format: () => void;
  readonly edit: (command: string) => void;
}

const NONE: readonly Command[] = [];

/** Offers what the tab can do in the palette and by key while it is the active one. */
export function useQueryCommands(tabId: string, active: boolean, view: SessionView, actions: Actions): void {
  const { run, cancel, endTransaction, goToError, explain, format, edit } = actions;
  const busy = isBusy(view);
  const cancellable = isCancellable(view);
  const open = view.transaction.state;
  const keymap = useEditorSettings((settings) => settings.keymap);
  const commands = useMemo((): readonly Command[] => {
    if (!active) return NONE;
    const runs: Command[] = [
      {
        id: "query.run",
        title: "Run statement or selection",
        icon: Play,
        keys: "Mod+Enter",
        run: () => run("statement"),
      },
      {
        id: "query.run-all",
        title: "Run all statements",
        icon: Play,
        keys: "Mod+Shift+Enter",
        run: () => run("all"),
      },
      {
        id: "query.explain",
        title: "Explain statement",
        icon: ListTree,
        keys: "Alt+X",
        run: () => explain("plan"),
      },
      {
        id: "query.explain-analyze",
        title: "Explain statement and run it",
        icon: ListTree,
        keys: "Alt+Shift+X",
        run: () => explain("analyze"),
      },
    ];
    return [
      ...(busy ? [] : runs),
      ...(cancellable
        ? [{ id: "query.cancel", title: "Cancel run", icon: CircleStop, keys: "Alt+C", run: cancel }]
        : []),
      ...(open === "in_transaction" && !busy
        ? [{ id: "query.commit", title: "Commit transaction", run: () => endTransaction("commit") }]
        : []),
      ...(open !== "idle" && !busy
        ? [{ id: "query.rollback", title: "Roll back transaction", run: () => endTransaction("rollback") }]
        : []),
      { id: "query.format", title: "Format SQL", icon: TextAlignStart, keys: "Alt+Shift+F", run: format },
      { id: "query.error", title: "Go to error", keys: "Alt+J", run: goToError },
      { id: "file.save", title: "Save file", icon: Save, keys: "Mod+S", run: () => void saveTab(tabId) },
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
  ]);
  useCommands(`query-${tabId}`, commands);
}

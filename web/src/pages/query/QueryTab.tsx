import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { useEditorSettings } from "~/app/editorSettings";
import { useServer } from "~/app/servers";
import { publishStatus } from "~/app/status";
import { guardClose, takeRun, updateTab, type Tab } from "~/app/tabs";
import type { RunScope } from "~/editor/extensions";
import { SqlEditor, type SqlEditorHandle } from "~/editor/SqlEditor";
import { browseRows } from "~/explorer/actions";
import { editServer } from "~/pages/servers/serverDialogState";
import type { TransactionCommand } from "~/run/sessionState";
import { ask } from "~/ui/ask";
import { Splitter } from "~/ui/Splitter";
import { toast } from "~/ui/toast";
import { formatEditor } from "./formatEditor";
import styles from "./QueryTab.module.css";
import { isBusy, QueryToolbar } from "./QueryToolbar";
import { ResultsPane } from "./ResultsPane";
import { DEFAULT_ROW_LIMIT, type RowLimit } from "./rowLimits";
import { announcement } from "./runWords";
import type { SessionActions } from "./SessionBanner";
import { sessionOf } from "./sessions";
import { type Selected, statusFacts } from "./statusFacts";
import type { Target } from "./TargetMenu";
import { download } from "./download";
import { pinnedBytes } from "./keptResults";
import { useCredentialPrompt } from "./useCredentialPrompt";
import { useExplain } from "./useExplain";
import { useErrorInEditor } from "./useErrorInEditor";
import { useNames } from "./useNames";
import { useQueryCommands } from "./useQueryCommands";
import { useSessionView } from "./useSessionView";

const INITIAL_SHARE = 0.4;

/** A query tab: the text above, what it brought below. */
export function QueryTab({ tab, active }: { tab: Tab; active: boolean }) {
  const server = useServer(tab.serverId);
  const session = sessionOf(tab);
  const view = useSessionView(session);
  const editor = useRef<SqlEditorHandle>(null);
  const [share, setShare] = useState(INITIAL_SHARE);
  const [enlarged, setEnlarged] = useState(false);
  const [rowLimit, setRowLimit] = useState<RowLimit>(DEFAULT_ROW_LIMIT);
  const [selected, setSelected] = useState<Selected | null>(null);
  const { id: tabId } = tab;
  const hasSelection = selected?.kind === "text" && selected.place.selected > 0;

  const textOf = useCallback(
    (scope: RunScope) => {
      const text = editor.current?.beginRun(scope);
      if (!text || text.sql.trim() === "") return null;
      const { sql, cursor, offset: documentOffset, document } = text;
      return { sql, cursor, documentOffset, document, rowLimit };
    },
    [rowLimit],
  );
  const run = useCallback(
    (scope: RunScope) => {
      if (!session) return toast({ tone: "info", text: "Choose the database to run on first" });
      if (isBusy(session.view()))
        return toast({ tone: "info", text: "A run goes on. Cancel it first with Alt+C." });
      const request = textOf(scope);
      if (!request) return;
      session.reserve(pinnedBytes(tabId));
      session.run(request);
    },
    [session, textOf, tabId],
  );
  const goToError = useCallback(() => void editor.current?.goToError(), []);
  const endTransaction = useCallback(
    (command: TransactionCommand) => session?.endTransaction(command),
    [session],
  );
  const cancel = useCallback(() => session?.cancel(), [session]);

  const actions = useMemo(
    (): SessionActions => ({
      retry: () => session?.retry(),
      editServer: server?.owned ? () => editServer({ mode: "edit", server }) : null,
      rollBack: () => session?.endTransaction("rollback"),
      rollBackAndRunAll: () => session?.endTransaction("rollback", textOf("all") ?? undefined),
      allowMoreMemory: () => session?.allowMoreMemory(),
      download: () => {
        const { run, transaction } = session?.view() ?? {};
        const result = run?.results.at(-1);
        const sql = result && run?.statements[result.statement]?.sql;
        if (sql !== undefined) void download(tab, sql, "csv", transaction?.state !== "idle");
      },
      cancel,
    }),
    [session, server, textOf, cancel, tab],
  );

  const chooseTarget = async (target: Target) => {
    if (session?.transactionOpen && !(await ask(LEAVE_TRANSACTION))) return;
    updateTab(tab.id, { ...target });
  };

  const names = useNames(tab, view);
  const tuning = useEditorSettings();
  const explain = useExplain(session, editor);
  const format = useCallback(() => void formatEditor(editor.current), []);

  useErrorInEditor(view.run, editor);
  useCredentialPrompt(tab.serverId, session, view.state);
  const edit = useCallback((command: string) => editor.current?.execute(command), []);
  useQueryCommands(tab.id, active, view, { run, cancel, endTransaction, goToError, explain, format, edit });

  useEffect(() => {
    if (tab.runOnOpen && takeRun(tab.id)) run("all");
  }, [tab.id, tab.runOnOpen, run]);

  // What another window or device has made of the text. Typing changes `sql`, not `revision`.
  useEffect(() => {
    editor.current?.replaceText(tab.sql);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tab.revision]);

  useEffect(
    () => guardClose(tab.id, () => (session?.transactionOpen ? CLOSE_TRANSACTION : null)),
    [tab.id, session],
  );

  useEffect(
    () => publishStatus(tab.id, statusFacts(tab, server, view, selected)),
    [tab, server, view, selected],
  );

  return (
    <>
      <QueryToolbar
        tab={tab}
        view={view}
        hasSelection={hasSelection}
        onRun={run}
        onCancel={cancel}
        onTransaction={endTransaction}
        onTarget={(target) => void chooseTarget(target)}
        onExplain={explain}
        onFormat={format}
      />
      <div className={styles.split}>
        <div
          className={styles.editor}
          data-region="editor"
          hidden={enlarged}
          style={{ flexBasis: `${share * 100}%` }}
        >
          <SqlEditor
            ref={editor}
            id={tab.id}
            label={`SQL of ${tab.title}`}
            initialText={tab.sql}
            initialCursor={tab.cursor}
            onRun={run}
            onText={(sql) => updateTab(tab.id, { sql })}
            onCursor={(cursor, place) => {
              updateTab(tab.id, { cursor });
              setSelected({ kind: "text", place });
            }}
            names={names}
            tuning={tuning}
            onOpenRelation={(schema, name) =>
              browseRows({ serverId: tab.serverId, database: tab.database, schema, name })
            }
          />
        </div>
        {!enlarged && (
          <Splitter label="Height of the editor" share={share} initial={INITIAL_SHARE} onChange={setShare} />
        )}
        <ResultsPane
          tab={tab}
          active={active}
          session={session}
          view={view}
          actions={actions}
          rowLimit={rowLimit}
          onRowLimit={setRowLimit}
          enlarged={enlarged}
          onEnlarge={() => setEnlarged(!enlarged)}
          onGoToError={goToError}
          onFetch={(rows) => session?.fetch(rows)}
          onSelect={(summary) => setSelected(summary && { kind: "cells", summary })}
        />
      </div>
      <div className="visually-hidden" role="status" aria-live="polite">
        {announcement(view)}
      </div>
    </>
  );
}

const CLOSE_TRANSACTION = {
  title: "Close with an open transaction?",
  body: "PostgreSQL rolls the transaction back: what it changed is undone.",
  confirm: "Roll back and close",
};
const LEAVE_TRANSACTION = {
  title: "Go to another database?",
  body: "The session ends, and PostgreSQL rolls the open transaction back: what it changed is undone.",
  confirm: "Roll back and change",
  danger: true,
};

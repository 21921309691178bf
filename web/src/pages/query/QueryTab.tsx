import { useCallback, useContext, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import { useEditorSettings } from "~/app/editorSettings";
import { MeContext, mayEdit } from "~/app/me";
import { useServer } from "~/app/servers";
import { publishStatus } from "~/app/status";
import { takeRun, updateTab, type Tab } from "~/app/tabs";
import type { RunScope } from "~/editor/extensions";
import { SqlEditor, type SqlEditorHandle } from "~/editor/SqlEditor";
import { browseRows } from "~/explorer/actions";
import { editServer } from "~/pages/servers/serverDialogState";
import type { SelectionSummary } from "~/grid/summary";
import type { RowLimit } from "~/app/tabOptions";
import type { TransactionCommand } from "~/run/sessionState";
import { ask as askFirst } from "~/ui/ask";
import { Splitter } from "~/ui/Splitter";
import { toast } from "~/ui/toast";
import { formatEditor } from "./formatEditor";
import styles from "./QueryTab.module.css";
import { isBusy, QueryToolbar } from "./QueryToolbar";
import { ResultsPane } from "./ResultsPane";
import { announcement } from "./runWords";
import type { SessionActions } from "./SessionBanner";
import { sessionOf } from "./sessions";
import { changeTabOptions } from "./tabOptions";
import { type Selected, statusFacts } from "./statusFacts";
import type { Target } from "./TargetMenu";
import { download } from "./download";
import { pinnedBytes } from "./keptResults";
import { ranIn } from "./ran";
import { UnlockDialog } from "./UnlockDialog";
import { useCredentialPrompt } from "./useCredentialPrompt";
import { useExplain } from "./useExplain";
import { useErrorInEditor } from "./useErrorInEditor";
import { useNames } from "./useNames";
import { useQueryCommands } from "./useQueryCommands";
import { useRunQuestions } from "./useRunQuestions";
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
  const { rowLimit } = tab.options;
  const [unlocking, setUnlocking] = useState(false);
  const [selected, setSelected] = useState<Selected | null>(null);
  const { id: tabId } = tab;
  const settled = useSettled(tab);
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
  const { ask, withOptions, dialog } = useRunQuestions(tab, server, session, view);
  const run = useCallback(
    (scope: RunScope) => {
      if (!session) return toast({ tone: "info", text: "Choose the database to run on first" });
      if (isBusy(session.view()))
        return toast({ tone: "info", text: "A run goes on. Cancel it first with Alt+C." });
      const request = textOf(scope);
      if (!request) return;
      session.reserve(pinnedBytes(tabId));
      ask(request);
    },
    [session, textOf, tabId, ask],
  );
  const goToError = useCallback(() => void editor.current?.goToError(), []);
  const endTransaction = useCallback(
    (command: TransactionCommand) => session?.endTransaction(command),
    [session],
  );
  const cancel = useCallback(() => session?.cancel(), [session]);
  const lock = useCallback(() => session?.lock(), [session]);

  const me = useContext(MeContext);
  const edits = me === null || mayEdit(me);
  const actions = useMemo(
    (): SessionActions => ({
      retry: () => session?.retry(),
      editServer: server?.owned && edits ? () => editServer({ mode: "edit", server }) : null,
      commit: () => session?.endTransaction("commit"),
      rollBack: () => session?.endTransaction("rollback"),
      rollBackAndRunAll: () => {
        const request = textOf("all");
        session?.endTransaction("rollback", request ? withOptions(request) : undefined);
      },
      allowMoreMemory: () => session?.allowMoreMemory(),
      download: () => {
        const { run, transaction } = session?.view() ?? {};
        const result = run?.results.at(-1);
        const inTransaction = transaction?.state !== "idle";
        if (run && result) void download(settled, ranIn(run, result.statement), "csv", inTransaction);
      },
      cancel,
      dismissRestart: () => session?.dismissRestart(),
      unlock: () => setUnlocking(true),
    }),
    [session, server, edits, textOf, withOptions, cancel, settled],
  );

  const chooseTarget = useCallback(
    async (target: Target) => {
      if (session?.transactionOpen && !(await askFirst(LEAVE_TRANSACTION))) return;
      updateTab(tabId, { ...target });
    },
    [session, tabId],
  );
  const changeRowLimit = useCallback(
    (limit: RowLimit) => changeTabOptions(tabId, { rowLimit: limit }),
    [tabId],
  );
  const enlarge = useCallback(() => setEnlarged((large) => !large), []);
  const fetchRows = useCallback((rows: number | null) => session?.fetch(rows), [session]);
  const selectCells = useCallback(
    (summary: SelectionSummary | null) => setSelected(summary && { kind: "cells", summary }),
    [],
  );

  const names = useNames(tab, view);
  const tuning = useEditorSettings();
  const explain = useExplain(session, editor, tab.id);
  const format = useCallback(() => void formatEditor(editor.current), []);

  useErrorInEditor(view.run, editor);
  useCredentialPrompt(tab.serverId, session, view.state);
  const edit = useCallback((command: string) => editor.current?.execute(command), []);
  useQueryCommands(tab.id, active, view, {
    run,
    cancel,
    endTransaction,
    goToError,
    explain,
    format,
    edit,
    unlock: actions.unlock,
    lock,
  });

  useEffect(() => {
    if (tab.runOnOpen && takeRun(tab.id)) run("all");
  }, [tab.id, tab.runOnOpen, run]);

  // What another window or device has made of the text. Typing changes `sql`, not `revision`.
  useEffect(() => {
    editor.current?.replaceText(tab.sql);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tab.revision]);

  const announced = useMemo(() => announcement(view), [view]);
  useEffect(
    () => publishStatus(tab.id, statusFacts(tab, server, view, selected)),
    [tab, server, view, selected],
  );

  return (
    <>
      <QueryToolbar
        tab={settled}
        active={active}
        session={session}
        view={view}
        hasSelection={hasSelection}
        onRun={run}
        onCancel={cancel}
        onTransaction={endTransaction}
        onTarget={chooseTarget}
        onExplain={explain}
        onFormat={format}
        onUnlock={actions.unlock}
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
            strings={view.strings}
            onOpenRelation={(schema, name) =>
              browseRows({ serverId: tab.serverId, database: tab.database, schema, name })
            }
          />
        </div>
        {!enlarged && (
          <Splitter label="Height of the editor" share={share} initial={INITIAL_SHARE} onChange={setShare} />
        )}
        <ResultsPane
          tab={settled}
          active={active}
          session={session}
          view={view}
          actions={actions}
          rowLimit={rowLimit}
          onRowLimit={changeRowLimit}
          enlarged={enlarged}
          onEnlarge={enlarge}
          onGoToError={goToError}
          onFetch={fetchRows}
          onSelect={selectCells}
        />
      </div>
      {dialog}
      {unlocking && (
        <UnlockDialog
          target={[server?.name, tab.database].filter(Boolean).join(" / ")}
          onUnlock={(reason) => session?.unlock(reason)}
          onClose={() => setUnlocking(false)}
        />
      )}
      <div className="visually-hidden" role="status" aria-live="polite">
        {announced}
      </div>
    </>
  );
}

/** The tab for all but the editor: what was typed comes to it behind the frame that shows the letter. */
function useSettled(tab: Tab): Tab {
  const settled = useDeferredValue(tab);
  const { sql, cursor, unsaved } = tab;
  return isEqual({ ...settled, sql, cursor, unsaved }, tab) ? settled : tab;
}

function isEqual(one: Tab, other: Tab): boolean {
  return (Object.keys(other) as (keyof Tab)[]).every((key) => one[key] === other[key]);
}

const LEAVE_TRANSACTION = {
  title: "Go to another database?",
  body: "The session ends, and PostgreSQL rolls the open transaction back: what it changed is undone.",
  confirm: "Roll back and change",
  danger: true,
};

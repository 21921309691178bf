import { type RefObject, useCallback, useEffect, useRef } from "react";

import type { SqlEditorHandle } from "~/editor/SqlEditor";
import type { Strings } from "~/editor/strings";
import { splitStatements, statementAt, type StatementSpan } from "~/editor/statements";
import type { QuerySession } from "~/run/querySession";
import type { RunRequest } from "~/run/runRecord";
import type { SessionView } from "~/run/sessionState";
import { ask } from "~/ui/ask";
import { toast } from "~/ui/toast";
import { explainable, type ExplainKind, explainRequest, majorVersion, useExplainOptions } from "./explain";
import { isBusy } from "./QueryToolbar";
import { runOptionsOf, tabOptions } from "./tabOptions";

/** Explains the selection or the statement at the cursor, as it is planned or as it runs. */
export function useExplain(
  session: QuerySession | null,
  editor: RefObject<SqlEditorHandle | null>,
  tabId: string,
): (kind: ExplainKind) => void {
  const undoing = useRef<RunRequest | null>(null);

  useEffect(() => session?.subscribe(() => rollBackFailed(session, undoing)), [session]);

  return useCallback(
    (kind) => {
      if (!session) return toast({ tone: "info", text: "Choose the database to run on first" });
      if (isBusy(session.view()))
        return toast({ tone: "info", text: "A run goes on. Cancel it first with Alt+C." });
      void explain(kind, session, editor, undoing, tabId);
    },
    [session, editor, tabId],
  );
}

async function explain(
  kind: ExplainKind,
  session: QuerySession,
  editor: RefObject<SqlEditorHandle | null>,
  undoing: RefObject<RunRequest | null>,
  tabId: string,
): Promise<void> {
  // A plan opens no transaction, and what runs for one is undone.
  const options = {
    ...runOptionsOf(
      { ...tabOptions(tabId), manual: false },
      { destructive: false, writes: false, locked: false },
    ),
    parameters: tabOptions(tabId).parameters,
  };
  const scope = editor.current?.hasSelection() ? "selection" : "statement";
  const text = editor.current?.beginRun(scope);
  if (!text) return;
  const { strings } = session.view();
  const statement = spanOf(text, strings);
  if (!statement) return toast({ tone: "info", text: "There is no statement to explain" });
  const what = explainable(text.document.slice(statement.from, statement.to), strings);
  if (what === "no") return toast({ tone: "info", text: "PostgreSQL cannot explain such a statement" });
  if (what === "already") {
    const { sql, cursor, document, offset: documentOffset } = text;
    return session.run({ sql, cursor, document, documentOffset, rowLimit: null, options });
  }
  const writes = kind === "analyze" && what === "writes";
  if (writes && !(await ask(RUNS_IT))) return;
  const open = session.view().transaction.state !== "idle";
  const request = explainRequest({
    kind,
    document: text.document,
    statement,
    chosen: useExplainOptions.getState().chosen,
    major: majorOf(session.view()),
    undo: !writes ? "no" : open ? "savepoint" : "transaction",
  });
  const run = { ...request, options };
  undoing.current = writes && !open ? run : null;
  session.run(run);
}

interface RunText {
  readonly sql: string;
  readonly cursor: number | null;
  readonly offset: number;
}

/** The statement that is meant, in the document. Of a selection it is the first one. */
function spanOf({ sql, cursor, offset }: RunText, strings: Strings): StatementSpan | null {
  const spans = splitStatements(sql, strings);
  const span = cursor === null ? spans[0] : statementAt(sql, spans, cursor);
  return span ? { ...span, from: span.from + offset, to: span.to + offset, end: span.end + offset } : null;
}

/** Before the first connect the version is not known: every server that is supported has what 15 has. */
const OLDEST = 15;

function majorOf({ state }: SessionView): number {
  return "connection" in state ? majorVersion(state.connection.server_version) : OLDEST;
}

/** The transaction that an explained statement was to run in is not left behind when it fails. */
function rollBackFailed(session: QuerySession, undoing: RefObject<RunRequest | null>): void {
  const { run, transaction, state } = session.view();
  if (undoing.current === null || run?.request !== undoing.current || state.kind !== "ready") return;
  undoing.current = null;
  if (transaction.state === "failed") session.endTransaction("rollback");
}

const RUNS_IT = {
  title: "Run the statement and roll it back?",
  body: "EXPLAIN ANALYZE runs the statement. Howdah rolls back what it changes. Sequences go on, and what triggers or functions did outside of this database stays.",
  confirm: "Run and roll back",
};

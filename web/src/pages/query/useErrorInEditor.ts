import { useEffect, type RefObject } from "react";

import type { SqlEditorHandle } from "~/editor/SqlEditor";
import type { DatabaseError } from "~/run/protocol";
import type { Run } from "~/run/runRecord";
import { failedStatement } from "./runWords";
import { timeLimitWords } from "./timeLimitWords";

/** Errors that an editor was told of: once is enough, also when the tab is shown again. */
const told = new WeakSet<DatabaseError>();

/** Shows the error of a run in the text, where PostgreSQL says where it is, or else at its statement. */
export function useErrorInEditor(run: Run | null, editor: RefObject<SqlEditorHandle | null>): void {
  const failed = run && failedStatement(run);
  useEffect(() => {
    if (!failed) return;
    const { error, limit } = failed.state;
    if (told.has(error)) return;
    told.add(error);
    const { severity, code, message, detail, hint, position } = error;
    editor.current?.showError({
      severity,
      code,
      message,
      detail,
      hint,
      limit: limit && timeLimitWords(limit),
      position: position ?? failed.range.start,
    });
  }, [failed, editor]);
}

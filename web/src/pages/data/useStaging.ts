import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import { applyChanges, previewChanges, type TablePlace } from "~/api/tableData";
import { problemFrom, UNREACHABLE, UNREADABLE } from "~/api/problem";
import type { ChangeOutcome, ChangeReport, DatabaseError, LockHolder, Problem } from "~/api/types";
import { withCredential } from "~/app/connect";
import { changeContent, type DataContent, type StagedChange } from "~/app/dataTab";
import type { Trouble } from "./display";
import { holderWords } from "./holderWords";
import { toWire } from "./staged";

export type Staged = readonly StagedChange[];

/** How the last attempt to apply went, while something stands in the way. */
export interface Attempt {
  readonly columns: readonly string[];
  readonly outcomes: ReadonlyMap<string, ChangeOutcome>;
  readonly commitError: DatabaseError | null;
  /** The columns that the commit was refused for. */
  readonly commitColumns: readonly string[];
  readonly problem: Problem | null;
}

export interface Applied {
  readonly sent: Staged;
  readonly report: ChangeReport;
}

export interface Staging {
  readonly staged: Staged;
  readonly attempt: Attempt | null;
  readonly troubles: ReadonlyMap<string, Trouble>;
  readonly applying: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Replaces what is staged, to be undone as one step. */
  readonly stage: (next: Staged) => void;
  readonly undo: () => void;
  readonly redo: () => void;
  /**
   * What was sent and what became of it: all of it is made, or none. Null when there was no answer. A reason is needed where
   * the server is read only by default.
   */
  readonly apply: (reason: string | null) => Promise<Applied | null>;
}

const NONE: ReadonlyMap<string, Trouble> = new Map();
const MOST_STEPS = 200;

/** The changes that wait in a tab: kept with it, undone and redone step by step, and applied together. */
export function useStaging(tabId: string, content: DataContent, place: TablePlace): Staging {
  const { staged } = content;
  const [past, setPast] = useState<readonly Staged[]>([]);
  const [future, setFuture] = useState<readonly Staged[]>([]);
  const [attempt, setAttempt] = useState<Attempt | null>(null);
  const [applying, setApplying] = useState(false);
  const latest = useRef(content);
  useEffect(() => {
    latest.current = content;
  });

  const put = useCallback(
    (next: Staged) => {
      latest.current = { ...latest.current, staged: next };
      changeContent(tabId, { staged: next });
      const left = new Set(next.map(({ id }) => id));
      setAttempt((before) => before && without(before, left, next));
    },
    [tabId],
  );
  const stage = useCallback(
    (next: Staged) => {
      const before = latest.current.staged;
      if (next === before) return;
      setPast((steps) => [...steps.slice(-MOST_STEPS), before]);
      setFuture([]);
      put(next);
    },
    [put],
  );
  const undo = () => {
    const before = past.at(-1);
    if (!before) return;
    setPast(past.slice(0, -1));
    setFuture([staged, ...future]);
    put(before);
  };
  const redo = () => {
    const [next, ...later] = future;
    if (!next) return;
    setPast([...past, staged]);
    setFuture(later);
    put(next);
  };
  const apply = async (reason: string | null) => {
    setApplying(true);
    const sent = latest.current.staged;
    // Should the page be left before the answer is here, the next one knows that there is something to look at.
    changeContent(tabId, { sent: true });
    try {
      const report = await withCredential(place.serverId, () => applyChanges(place, toWire(sent), reason));
      changeContent(tabId, { sent: false });
      if (!report.applied) {
        setAttempt(attemptOf(report, sent));
        return { sent, report };
      }
      // What was staged while this was under way stays. A tab's text may have been read anew meanwhile.
      const done = new Set(sent.map((change) => JSON.stringify(change)));
      put(latest.current.staged.filter((change) => !done.has(JSON.stringify(change))));
      setPast([]);
      setFuture([]);
      setAttempt(null);
      return { sent, report };
    } catch (thrown) {
      const problem = problemFrom(thrown);
      if (!leavesDoubt(problem)) changeContent(tabId, { sent: false });
      setAttempt({ columns: [], outcomes: new Map(), commitError: null, commitColumns: [], problem });
      return null;
    } finally {
      setApplying(false);
    }
  };
  const troubles = useMemo(() => (attempt ? troublesOf(attempt, staged) : NONE), [attempt, staged]);
  return {
    staged,
    attempt,
    troubles,
    applying,
    canUndo: past.length > 0,
    canRedo: future.length > 0,
    stage,
    undo,
    redo,
    apply,
  };
}

const PREVIEW_DELAY_MS = 150;

/** The statements that the changes would run, by the changes' ids; those of before stay while new ones are asked for. */
export function usePreview(staged: Staged, place: TablePlace): ReadonlyMap<string, string> {
  const [statements, setStatements] = useState<ReadonlyMap<string, string>>(new Map());
  const { serverId, database, oid } = place;
  useEffect(() => {
    if (staged.length === 0) return;
    let current = true;
    const timer = setTimeout(() => {
      previewChanges({ serverId, database, oid }, toWire(staged)).then(
        ({ statements }) => {
          if (!current) return;
          const found = staged.flatMap(({ id }, at) => {
            const text = statements[at];
            return text == null ? [] : [[id, text] as const];
          });
          setStatements(new Map(found));
        },
        () => undefined, // what keeps it from answering is told when it is applied
      );
    }, PREVIEW_DELAY_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [staged, serverId, database, oid]);
  return statements;
}

/** Problems behind which the changes may have been applied all the same. */
const DOUBTFUL = ["outcome_unknown", "internal", "unexpected", UNREACHABLE, UNREADABLE];

/** Whether it is not known what became of changes that were sent. */
export function leavesDoubt({ code }: Problem): boolean {
  return DOUBTFUL.includes(code);
}

/** SQLSTATEs of what passes: the same changes may be made at the next attempt. */
const PASSING = ["40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03"];
const PASSING_PROBLEMS = [
  "connection_lost",
  "database_unreachable",
  "store_unavailable",
  "audit_unavailable",
];

/** Whether nothing is wrong with the changes, so that it is worth to try them again as they are. */
export function isPassing({ outcomes, commitError, problem }: Attempt): boolean {
  if (problem) return PASSING.includes(problem.sqlstate ?? "") || PASSING_PROBLEMS.includes(problem.code);
  if (commitError) return PASSING.includes(commitError.code);
  const obstacles = [...outcomes.values()].filter(({ status }) => !MADE.includes(status));
  return (
    obstacles.length > 0 &&
    obstacles.every((outcome) => outcome.status === "failed" && PASSING.includes(outcome.error.code))
  );
}

/** What is in nobody's way. */
const MADE: readonly ChangeOutcome["status"][] = ["done", "hidden", "not_tried"];

function attemptOf(report: ChangeReport, sent: Staged): Attempt {
  const outcomes = new Map<string, ChangeOutcome>();
  report.outcomes.forEach((outcome, at) => {
    const change = sent[at];
    if (change) outcomes.set(change.id, outcome);
  });
  return {
    columns: report.columns,
    outcomes,
    commitError: report.commit_error ?? null,
    commitColumns: report.commit_columns,
    problem: null,
  };
}

/** Changes that were edited since have no outcome any more. */
function without(attempt: Attempt, left: ReadonlySet<string>, staged: Staged): Attempt | null {
  const kept = [...attempt.outcomes].filter(([id]) => left.has(id));
  const outcomes = new Map(kept);
  if (staged.length === 0) return null;
  return { ...attempt, outcomes, commitError: null, commitColumns: [], problem: null };
}

function troublesOf(attempt: Attempt, staged: Staged): ReadonlyMap<string, Trouble> {
  const { outcomes, commitError, commitColumns } = attempt;
  const found = new Map<string, Trouble>();
  if (commitError && commitColumns.length > 0) {
    for (const id of refusedAtCommit(commitError, commitColumns, staged)) {
      found.set(id, { words: failureWords(commitError), columns: commitColumns, isConflict: false });
    }
  }
  for (const [id, outcome] of outcomes) {
    const trouble = troubleOf(outcome);
    if (trouble) found.set(id, trouble);
  }
  return found;
}

/**
 * The changes that the commit was refused for. PostgreSQL names the constraint's columns, and in its detail the values, as
 * `(other)=(9)` in every language.
 */
export function refusedAtCommit(
  { detail }: Pick<DatabaseError, "detail">,
  columns: readonly string[],
  staged: Staged,
): readonly string[] {
  const setsThem = staged.filter(
    (change) => change.type !== "delete" && columns.some((column) => column in change.values),
  );
  const values = /=\((.*)\)/.exec(detail ?? "")?.[1];
  const meant = setsThem.filter(({ ...change }) => {
    if (change.type === "delete") return false;
    const texts = columns.map((column) => {
      const value = change.values[column];
      return value?.kind === "text" ? value.text : null;
    });
    return texts.join(", ") === values;
  });
  return (meant.length > 0 ? meant : setsThem).map(({ id }) => id);
}

function troubleOf(outcome: ChangeOutcome): Trouble | null {
  switch (outcome.status) {
    case "done":
    case "hidden":
    case "not_tried":
      return null;
    case "conflict":
      return {
        words: "Somebody has changed this row since you read it. Choose what to keep.",
        columns: [],
        isConflict: true,
      };
    case "gone":
      return {
        words: "This row is not there any more. It was deleted, or its key was changed.",
        columns: [],
        isConflict: true,
      };
    case "refused":
      return {
        words:
          "PostgreSQL took the statement and changed nothing: a trigger, a rule or a row security policy kept it from that.",
        columns: [],
        isConflict: false,
      };
    case "ambiguous":
      return {
        words: "The key holds for more than one row, in tables that inherit from this one. Change it there.",
        columns: [],
        isConflict: false,
      };
    case "failed":
      return {
        words: failureWords(outcome.error, outcome.holder),
        columns: outcome.columns,
        isConflict: false,
      };
    case "invalid":
      return {
        words: outcome.message,
        columns: outcome.column == null ? [] : [outcome.column],
        isConflict: false,
      };
  }
}

/** PostgreSQL's words, and what to do where these alone do not say. */
function failureWords(
  { code, message, detail, hint }: DatabaseError,
  holder: LockHolder | null = null,
): string {
  const parts = [message, detail, hint].filter((part) => part != null && part !== "");
  const own = parts.map((part) => (/[.?!]$/.test(part ?? "") ? part : `${part}.`)).join(" ");
  if (code === "55P03") {
    const who = holder ? holderWords(holder) : "Somebody else";
    return `${own} ${who} holds this row. Try again when they are done. (${code})`;
  }
  if (code === "40001" || code === "40P01") {
    return `${own} Somebody changed the same rows meanwhile. Nothing is wrong with the change: apply it again. (${code})`;
  }
  if (code === "42501" && message.includes("row-level security")) {
    return `${own} A policy of the table does not let you have the row as it would be. (${code})`;
  }
  if (code === "57014") {
    return `${own} The change took too long, as when somebody holds what it needs. Try again. (${code})`;
  }
  if (code === "25006") {
    return `${own} Sessions here write nothing: the server is a replica, or your role is set to read only. (${code})`;
  }
  return `${own} (${code})`;
}

import { needsPerson } from "~/app/connect";
import type { RunEnd } from "~/app/tabRuns";
import type { SessionView } from "~/run/sessionState";
import type { ResultSet, Run, Statement } from "~/run/runRecord";
import { formatDuration, plural } from "~/ui/format";
import type { ShownResult } from "./keptResults";
import { placeIn } from "./places";
import { isPlanResult } from "./planText";

/** The statement that ended the run, if one failed. Until the run's end it may still be a cancel. */
export function failedStatement(run: Run): (Statement & { state: { kind: "failed" } }) | null {
  if (run.state.kind === "running") return null;
  for (const statement of run.statements) if (isFailed(statement)) return statement;
  return null;
}

function isFailed(statement: Statement): statement is Statement & { state: { kind: "failed" } } {
  return statement.state.kind === "failed";
}

/** How a run ended, for the bar above the results. */
export function outcomeWords(run: Run): string {
  const { state, statements } = run;
  switch (state.kind) {
    case "running":
      return "";
    case "lost":
      return "The connection was lost";
    case "finished": {
      const after = `after ${formatDuration(state.durationMs)}${waitWords(run)}`;
      switch (state.outcome) {
        case "completed":
          return `Done ${after}`;
        case "cancelled":
          return `Cancelled ${after}`;
        case "failed": {
          const failed = failedStatement(run);
          const which =
            failed && statements.length > 1
              ? ` at statement ${failed.index + 1} of ${statements.length}`
              : "";
          return `Stopped${which} ${after}`;
        }
      }
    }
  }
}

/** Short waits are not worth a word. */
const LONG_WAIT_MS = 50;

function waitWords({ waitedMs }: Run): string {
  return waitedMs < LONG_WAIT_MS ? "" : `, waited ${formatDuration(waitedMs)} to begin`;
}

/** How much of a result is there, and how long it took. */
export function resultWords(run: Run | null, { result, isCurrent }: ShownResult): string {
  if (!run || !isCurrent) return `${plural(result.rowCount, "row")}, pinned`;
  if (isPlanResult(result)) return outcomeWords(run);
  const state = run.statements[result.statement]?.state;
  const rows = rowWords(run, result);
  if (state?.kind !== "finished" || state.firstRowMs === null) return rows;
  const times = `first after ${formatDuration(state.firstRowMs)}, all after ${formatDuration(state.durationMs)}`;
  return `${rows}, ${times}${waitWords(run)}`;
}

/** How much of a result is there. */
export function rowWords(run: Run, result: ResultSet): string {
  const state = run.statements[result.statement]?.state;
  switch (state?.kind) {
    case "finished":
      return state.discardedRows > 0
        ? `First ${plural(result.rowCount, "row")} of ${plural(state.rows + state.discardedRows, "row")}`
        : allRows(result.rowCount);
    case "paused":
      return `First ${plural(result.rowCount, "row")}`;
    case "running":
    case "waiting":
    case undefined:
      return `${plural(result.rowCount, "row")} so far`;
    case "cancelled":
      return `${plural(result.rowCount, "row")} until it was cancelled`;
    case "failed":
    case "interrupted":
    case "not_run":
      return `${plural(result.rowCount, "row")} before it ended`;
  }
}

function allRows(count: number): string {
  return count > 1 ? `All ${plural(count, "row")}` : plural(count, "row");
}

/** How a run or its connection ended; null when there was none. */
export function endOf(view: SessionView): RunEnd | null {
  const words = announcement(view);
  if (words === "") return null;
  const failed = view.state.kind === "lost" || view.state.kind === "refused";
  return { failed: failed || (view.run !== null && failedStatement(view.run) !== null), words };
}

/** What a screen reader is told of a session; it changes only when there is news. */
export function announcement({ state, run, rejected, command }: SessionView): string {
  if (rejected) return rejected.detail;
  switch (state.kind) {
    case "connecting":
      return "Connecting";
    case "refused":
      // What is asked of the person is said where it is shown.
      return needsPerson(state.problem.code) ? "" : state.problem.detail;
    case "lost":
      return state.problem.detail;
    case "running":
      return state.cancelling ? "Cancelling" : "Running";
    case "closed":
      return "";
    case "paused":
    case "ready":
      if (command)
        return command.kind === "done" ? command.tag : `${command.command} failed: ${command.error.message}`;
      return run ? endWords(run) : "";
  }
}

function endWords(run: Run): string {
  const failed = failedStatement(run);
  if (failed) {
    const { code, message, position } = failed.state.error;
    const line =
      typeof position === "number" ? ` in line ${placeIn(run.request.document, position).line}` : "";
    return `Error ${code}${line}: ${message}`;
  }
  const done = [...run.results.map((result) => rowWords(run, result)), ...tagsOf(run)];
  const words = done.length > MANY ? plural(run.statements.length, "statement") : done.join(", ");
  return [words, outcomeWords(run)].filter((part) => part !== "").join(". ");
}

/** More is not listened to. */
const MANY = 5;

/** What statements without rows say of themselves, such as `DELETE 3`. */
function tagsOf({ statements, results }: Run): string[] {
  return statements.flatMap(({ index, state }) => {
    const hasRows = results.some(({ statement }) => statement === index);
    return state.kind === "finished" && !hasRows ? [state.tag] : [];
  });
}

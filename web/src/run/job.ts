import type { ClientMessage } from "./protocol";
import type { RunRecord, RunRequest } from "./runRecord";
import type { TransactionCommand } from "./sessionState";

/** What a session is to do, one after another. */
export type Job =
  | { readonly kind: "run"; readonly request: RunRequest; readonly askedAt: number }
  | { readonly kind: "command"; readonly command: TransactionCommand }
  /** Asked by the panel of notifications: its result is not shown. */
  | { readonly kind: "listen"; readonly sql: string };

/** What the server does now. */
export interface Started {
  readonly job: Job;
  readonly record: RunRecord;
}

export function requestOf(job: Job): RunRequest {
  if (job.kind === "run") return job.request;
  const sql = job.kind === "command" ? job.command : job.sql;
  return { sql, cursor: null, documentOffset: 0, document: sql, rowLimit: null };
}

/** How the server is asked for it. */
export function runMessage(id: number, job: Job): ClientMessage {
  const { sql, cursor, rowLimit, options } = requestOf(job);
  return {
    type: "run",
    id,
    sql,
    ...(cursor !== null && { cursor }),
    ...(rowLimit !== null && { row_limit: rowLimit }),
    ...(options && { options }),
  };
}

import type { ServerMessage } from "~/api/types";

export type {
  ClientMessage,
  DatabaseError,
  Isolation,
  Problem,
  ResultColumn,
  RunOptions,
  RunOutcome,
  ServerMessage,
  StatementRange,
  TimeLimit,
  TransactionState,
} from "~/api/types";

/** The message of docs/query-protocol.md with this `type`. */
export type MessageOf<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

/** What is told of the course of a run. */
export type RunMessage = MessageOf<
  | "run_started"
  | "statement_started"
  | "columns"
  | "paused"
  | "statement_finished"
  | "statement_failed"
  | "run_finished"
>;

/** Who and where a session is. */
export type Connection = Omit<MessageOf<"connected">, "type">;

/** The messages of docs/query-session.md. Their shapes are those of crates/server/src/wire.rs. */

export type TransactionState = "idle" | "in_transaction" | "failed";
export type RunOutcome = "completed" | "failed" | "cancelled";

export interface Problem {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  readonly field?: string | null;
  readonly sqlstate?: string | null;
  readonly database_message?: string | null;
  readonly step?: string | null;
  readonly command_output?: string | null;
  readonly request_id?: string | null;
}

export interface CredentialStatus {
  readonly source: string;
  readonly label: string;
  readonly expires_at?: string | null;
  readonly renewed_at?: string | null;
}

export interface StatementRange {
  readonly start: number;
  readonly end: number;
}

export interface ResultColumn {
  readonly name: string;
  readonly type_oid: number;
  readonly type_name?: string | null;
  readonly type_modifier: number;
  readonly table_oid: number;
  readonly attribute_number: number;
}

export interface DatabaseError {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly detail?: string | null;
  readonly hint?: string | null;
  readonly position?: number | null;
  readonly internal_position?: number | null;
  readonly internal_query?: string | null;
  readonly context?: string | null;
  readonly schema?: string | null;
  readonly table?: string | null;
  readonly column?: string | null;
  readonly data_type?: string | null;
  readonly constraint?: string | null;
  readonly source?: string | null;
}

export type ClientMessage =
  | {
      readonly type: "run";
      readonly id: number;
      readonly sql: string;
      readonly cursor?: number;
      readonly row_limit?: number;
    }
  | { readonly type: "fetch"; readonly rows?: number }
  | { readonly type: "ack"; readonly bytes: number }
  | { readonly type: "cancel" };

export interface Connected {
  readonly session_user: string;
  readonly database: string;
  readonly server_version: string;
  readonly backend_pid: number;
  readonly tls?: string | null;
  readonly credential: CredentialStatus;
  readonly transaction: TransactionState;
  readonly read_only: boolean;
}

/** What is told about a run, and only while one runs. */
export type RunMessage =
  | { readonly type: "run_started"; readonly id: number; readonly statements: readonly StatementRange[] }
  | { readonly type: "statement_started"; readonly index: number }
  | { readonly type: "columns"; readonly index: number; readonly columns: readonly ResultColumn[] }
  | { readonly type: "paused"; readonly index: number; readonly rows: number }
  | {
      readonly type: "statement_finished";
      readonly index: number;
      readonly tag: string;
      readonly rows: number;
      readonly discarded_rows: number;
      readonly first_row_ms?: number | null;
      readonly duration_ms: number;
      readonly transaction: TransactionState;
    }
  | {
      readonly type: "statement_failed";
      readonly index: number;
      readonly error: DatabaseError;
      readonly duration_ms: number;
      readonly transaction: TransactionState;
    }
  | {
      readonly type: "run_finished";
      readonly id: number;
      readonly outcome: RunOutcome;
      readonly duration_ms: number;
      readonly transaction: TransactionState;
    };

/** What may be told at any time. */
export type SessionMessage =
  | ({ readonly type: "connected" } & Connected)
  | { readonly type: "connect_failed"; readonly problem: Problem }
  | { readonly type: "notice"; readonly index?: number | null; readonly notice: DatabaseError }
  | { readonly type: "rejected"; readonly problem: Problem }
  | { readonly type: "parameter"; readonly name: string; readonly value: string }
  | {
      readonly type: "notification";
      readonly channel: string;
      readonly payload: string;
      readonly backend_pid: number;
    }
  | { readonly type: "disconnected"; readonly problem: Problem };

export type ServerMessage = RunMessage | SessionMessage;

import type { Connection, DatabaseError, MessageOf, Problem, TransactionState } from "./protocol";
import type { Listening } from "./notifications";
import type { Restart } from "./restart";
import type { Run, RunRequest } from "./runRecord";
import type { Strings } from "./strings";
import type { Transaction } from "./transaction";

/** How it stands with a connection. */
export type SessionState =
  | { readonly kind: "closed" }
  | { readonly kind: "connecting"; readonly startedAt: number }
  | { readonly kind: "refused"; readonly problem: Problem }
  | { readonly kind: "ready"; readonly connection: Connection }
  | {
      readonly kind: "running";
      readonly connection: Connection;
      readonly startedAt: number;
      readonly cancelling: boolean;
      /** The tab's memory for rows is full, so PostgreSQL is left waiting. */
      readonly full: boolean;
    }
  | { readonly kind: "paused"; readonly connection: Connection }
  | {
      readonly kind: "lost";
      readonly problem: Problem;
      /** What went with the connection. */
      readonly transaction: TransactionState;
      readonly wasRunning: boolean;
    };

export type TransactionCommand = "commit" | "rollback";

/** How the last commit or rollback by button went. */
export type CommandOutcome =
  | { readonly kind: "done"; readonly command: TransactionCommand; readonly tag: string }
  | { readonly kind: "failed"; readonly command: TransactionCommand; readonly error: DatabaseError };

/** What the server wants to know before it runs something. */
export interface RunQuestion {
  readonly request: RunRequest;
  readonly asks: MessageOf<"parameters_needed"> | MessageOf<"confirmation_needed">;
}

export interface SessionView {
  readonly state: SessionState;
  /** Since when the way to Howdah is lost while the session waits there; null while it is not. */
  readonly awaySince: number | null;
  /** How it stands while Howdah is restarted; null where nobody needs to know. */
  readonly restart: Restart | null;
  /** Rows of the last result that went with a page that was loaded anew. */
  readonly missedRows: number;
  readonly transaction: Transaction;
  /** How the session reads strings; as by default while there is none. */
  readonly strings: Strings;
  readonly run: Run | null;
  readonly command: CommandOutcome | null;
  readonly listening: Listening;
  /** Why the server did not take the last message. */
  readonly rejected: Problem | null;
  readonly question: RunQuestion | null;
  /** How the session is set, as PostgreSQL told when it was asked last. */
  readonly settings: Readonly<Record<string, string>> | null;
}

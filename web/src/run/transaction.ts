import type { Isolation, MessageOf, TransactionState } from "./protocol";

/** The transaction of a session. */
export interface Transaction {
  readonly state: TransactionState;
  /** When it began, in epoch milliseconds; null while none is open, as all below. */
  readonly since: number | null;
  /** Since when nothing has run in it; null while something does. */
  readonly idleSince: number | null;
  /** Whether it is read only, where PostgreSQL has told. */
  readonly readOnly: boolean | null;
  readonly isolation: Isolation | null;
}

export const NO_TRANSACTION: Transaction = {
  state: "idle",
  since: null,
  idleSince: null,
  readOnly: null,
  isolation: null,
};

/** What PostgreSQL said of it behind a statement. */
export function entered(before: Transaction, state: TransactionState, now: number): Transaction {
  if (state === before.state) return before;
  return state === "idle" ? NO_TRANSACTION : { ...before, state, since: before.since ?? now };
}

/** Nothing runs in it since then; null: something does. */
export function idling(transaction: Transaction, idleSince: number | null): Transaction {
  return transaction.state === "idle" ? transaction : { ...transaction, idleSince };
}

/** What Howdah knows of it. */
export function told(message: MessageOf<"transaction">, now: number): Transaction {
  const { state, open_ms: open, idle_ms: idle, read_only: readOnly, isolation } = message;
  return {
    state,
    since: now - open,
    idleSince: idle == null ? null : now - idle,
    readOnly: readOnly ?? null,
    isolation: isolation ?? null,
  };
}

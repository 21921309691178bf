import { UNAVAILABLE, UNREADABLE } from "~/api/problem";
import type { Problem, TransactionState } from "./protocol";

/** How it stands with a tab while the Howdah that holds its session is restarted. */
export type Restart =
  /** What runs, and an open transaction, may end until then: epoch milliseconds. */
  | { readonly kind: "announced"; readonly until: number }
  /** The session is closed, and another one is being opened. */
  | ({ readonly kind: "moving"; readonly since: number; readonly attempts: number } & Left)
  /** Another one is open. */
  | ({ readonly kind: "moved" } & Left)
  /** None could be opened without the person: the next run asks. */
  | ({ readonly kind: "stayed" } & Left);

/** What ended with the session. */
export interface Left {
  readonly transaction: TransactionState;
  /** A statement that was under way: it was never begun, or nobody knows what it did. */
  readonly statement: "none" | "unbegun" | "unknown";
}

export const NOTHING_LEFT: Left = { transaction: "idle", statement: "none" };

export function afterwards(kind: "moved" | "stayed", { transaction, statement }: Left): Restart {
  return { kind, transaction, statement };
}

/** How long to wait before each attempt to open another session. */
const MOVE_MS = [200, 500, 1_000, 2_000];
/** All tabs of a Howdah that stops look for another one at the same moment, which this spreads. */
const SPREAD_MS = 800;
/** Whoever is not back by then is not being restarted. */
const PATIENCE_MS = 90_000;

/** When to try again to open another session; null: no more. */
export function nextAttempt({ since, attempts }: Restart & { kind: "moving" }, now: number): number | null {
  if (now - since > PATIENCE_MS) return null;
  const delay = MOVE_MS[Math.min(attempts, MOVE_MS.length - 1)] ?? 0;
  return delay + Math.random() * SPREAD_MS;
}

/** Whether what keeps a session from being opened goes by itself. */
export function goesByItself({ status, code }: Problem): boolean {
  return status === 0 || status === UNAVAILABLE || code === UNREADABLE;
}

import { create } from "zustand";
import type { Environment, TransactionState } from "~/api/types";

/** What the status bar says of a tab, in the order in which it says it. */
export interface StatusFacts {
  environment: Environment;
  server: string | null;
  database: string | null;
  /** `session_user`, once a session is open. */
  sessionUser: string | null;
  credential: CredentialFacts | null;
  /** Why transactions begin read only, in words; null where they do not. */
  readOnly: string | null;
  /** The server is read only by default, and the person has said why they write all the same. */
  unlocked: boolean;
  transaction: TransactionFacts | null;
  /** The selection in words, such as `3 cells, sum 15370.09` or `Ln 10, Col 7`. */
  selection: string | null;
  rows: number | null;
  durationMs: number | null;
  /** What goes with the connection when the sign-in ends, or has gone. */
  atStake: AtStake;
  /** The last error, short: an SQLSTATE as `error 42703`, or a few words. */
  error: string | null;
}

export interface AtStake {
  transaction: boolean;
  statement: boolean;
}

export interface CredentialFacts {
  /** The API's `type`, such as `entra`. */
  source: string;
  /** The source in words, such as `Microsoft Entra ID`. */
  label: string;
  /** RFC 3339: when it was fetched, and until when it is good for new connections; null where it does not end. */
  fetchedAt: string | null;
  goodUntil: string | null;
  /** RFC 3339: when it is fetched next, while a session is open; null where it is not. */
  renewsAt: string | null;
  /** Why it could not be renewed when that was due, in words; null while all is well. */
  renewalProblem: string | null;
}

export interface TransactionFacts {
  state: TransactionState;
  /** Epoch milliseconds at which the open transaction began; null when none is open. */
  since: number | null;
  /** What holds in it, as far as that is worth a word, such as `serializable`. */
  words: readonly string[];
}

interface StatusStore {
  byTab: Readonly<Record<string, StatusFacts>>;
}

export const useStatus = create<StatusStore>()(() => ({ byTab: {} }));

/** Tells the status bar what holds for a tab now; it is shown while the tab is the active one. */
export function publishStatus(tabId: string, facts: StatusFacts): void {
  useStatus.setState((state) => ({ byTab: { ...state.byTab, [tabId]: facts } }));
}

/** Forgets a tab that is gone. */
export function clearStatus(tabId: string): void {
  useStatus.setState((state) => {
    const { [tabId]: gone, ...byTab } = state.byTab;
    return { byTab };
  });
}

import { useSyncExternalStore } from "react";

import { NOTHING_HEARD } from "~/run/notifications";
import type { QuerySession } from "~/run/querySession";
import type { SessionView } from "~/run/sessionState";
import { NO_TRANSACTION } from "~/run/transaction";

const NOWHERE: SessionView = {
  state: { kind: "closed" },
  awaySince: null,
  restart: null,
  missedRows: 0,
  transaction: NO_TRANSACTION,
  strings: "standard",
  run: null,
  command: null,
  listening: NOTHING_HEARD,
  rejected: null,
  question: null,
  settings: null,
};
const nothingToHear = () => () => undefined;

/** A session as it stands, at most once a frame. */
export function useSessionView(session: QuerySession | null): SessionView {
  return useSyncExternalStore(session?.subscribe ?? nothingToHear, session?.view ?? (() => NOWHERE));
}

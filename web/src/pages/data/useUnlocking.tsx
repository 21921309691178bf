import { type ReactNode, useState } from "react";

import type { Server } from "~/api/types";
import { environmentOf } from "~/app/servers";
import type { Tab } from "~/app/tabs";
import { UnlockDialog } from "~/pages/query/UnlockDialog";
import type { SessionView } from "~/run/sessionState";

export interface Unlocking {
  /** Whether the server is read only by default, and whether this tab has said why it must write. */
  readonly lock: "none" | "locked" | "unlocked";
  /** Asks why, unless that is known. Null: nothing is to be written. */
  readonly ask: (then: string) => Promise<string | null>;
  readonly lockAgain: () => void;
  readonly dialog: ReactNode;
}

interface Question {
  readonly then: string;
  readonly answer: (reason: string | null) => void;
}

/**
 * Why a tab may write on a server that is read only by default. As with query tabs that holds until the session ends, the
 * page is loaded anew, or the person locks it again; the server writes the reason down each time that changes are made.
 */
export function useUnlocking(tab: Tab, server: Server | undefined, { state }: SessionView): Unlocking {
  const connection = "connection" in state ? state.connection : null;
  /** The session that it was said in, as a number that the next one has not. */
  const session = connection?.backend_pid ?? null;
  const [said, setSaid] = useState<{ reason: string; session: number | null } | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const isLocked = connection ? connection.writes === "locked" : (server?.read_only ?? false);
  const reason = said !== null && said.session === session ? said.reason : null;
  const close = (given: string | null) => {
    question?.answer(given);
    setQuestion(null);
  };
  return {
    lock: !isLocked ? "none" : reason === null ? "locked" : "unlocked",
    ask: (then) =>
      reason !== null ? Promise.resolve(reason) : new Promise((answer) => setQuestion({ then, answer })),
    lockAgain: () => setSaid(null),
    dialog: question && (
      <UnlockDialog
        target={`${server?.name ?? "the server"} / ${tab.database ?? ""}`}
        then={question.then}
        production={environmentOf(server) === "production"}
        onUnlock={(given) => {
          setSaid({ reason: given, session });
          close(given);
        }}
        onClose={() => close(null)}
      />
    ),
  };
}

import { useEffect } from "react";

import { problemFrom } from "~/api/problem";
import { ConnectCancelled, connectServer } from "~/app/connect";
import type { QuerySession } from "~/run/querySession";
import type { SessionState } from "~/run/sessionState";
import { toast } from "~/ui/toast";

/** Asks for the password that PostgreSQL wants; the run that waits for it then goes on by itself. */
export function usePasswordPrompt(
  serverId: string | null,
  session: QuerySession | null,
  state: SessionState,
): void {
  useEffect(() => {
    if (serverId === null || !session) return;
    if (state.kind !== "refused" || state.problem.code !== "password_required") return;
    connectServer(serverId).then(
      () => session.retry(),
      (thrown: unknown) => {
        if (thrown instanceof ConnectCancelled) session.close();
        else toast({ tone: "danger", text: problemFrom(thrown).detail });
      },
    );
  }, [serverId, session, state]);
}

import { useEffect } from "react";

import { problemFrom } from "~/api/problem";
import { connectServer, needsPerson } from "~/app/connect";
import { ConnectCancelled } from "~/app/interaction";
import type { QuerySession } from "~/run/querySession";
import type { SessionState } from "~/run/sessionState";

/** Has the person do what the credential needs, a password or a sign-in; the run that waits then goes on by itself. */
export function useCredentialPrompt(
  serverId: string | null,
  session: QuerySession | null,
  state: SessionState,
): void {
  useEffect(() => {
    if (serverId === null || !session) return;
    if (state.kind !== "refused" || !needsPerson(state.problem.code)) return;
    connectServer(serverId).then(
      () => session.retry(),
      (thrown: unknown) => {
        if (thrown instanceof ConnectCancelled) session.close();
        else session.refuse(problemFrom(thrown));
      },
    );
  }, [serverId, session, state]);
}

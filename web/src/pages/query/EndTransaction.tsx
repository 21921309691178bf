import type { Transaction } from "~/run/transaction";
import { Button } from "~/ui/Button";
import type { SessionActions } from "./SessionBanner";

interface EndTransactionProps {
  readonly state: Transaction["state"];
  readonly actions: Pick<SessionActions, "commit" | "rollBack">;
}

/** The ways out of an open transaction, in a banner. One that failed can only be rolled back. */
export function EndTransaction({ state, actions }: EndTransactionProps) {
  return (
    <>
      {state === "in_transaction" && (
        <Button size="sm" onClick={actions.commit}>
          Commit
        </Button>
      )}
      <Button size="sm" onClick={actions.rollBack}>
        Roll back
      </Button>
    </>
  );
}

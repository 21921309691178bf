import { useEffect, useState } from "react";

import { idleTimeLeft } from "~/app/transactions";
import type { SessionView } from "~/run/sessionState";

/** Whether a transaction is open and nothing has run in it for a while. */
export function useIdleTransaction({ state, transaction }: SessionView): boolean {
  const idles = state.kind === "ready" && transaction.state === "in_transaction";
  const since = idles ? transaction.idleSince : null;
  const [isLong, setLong] = useState<number | null>(null);
  useEffect(() => {
    if (since === null) return;
    const timer = setTimeout(() => setLong(since), idleTimeLeft(since));
    return () => clearTimeout(timer);
  }, [since]);
  return since !== null && isLong === since;
}

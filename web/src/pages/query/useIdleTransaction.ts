import { useEffect, useState } from "react";

import { IDLE_AFTER_MS } from "~/app/transactions";
import type { SessionView } from "~/run/sessionState";

/** Whether a transaction is open and nothing has run in it for a while. */
export function useIdleTransaction({ state, transaction, run }: SessionView): boolean {
  const idles = state.kind === "ready" && transaction.state === "in_transaction";
  const [idleRun, setIdleRun] = useState<{ run: number | null } | null>(null);
  const id = run?.id ?? null;
  useEffect(() => {
    if (!idles) return;
    const timer = setTimeout(() => setIdleRun({ run: id }), IDLE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [idles, id]);
  return idles && idleRun?.run === id;
}

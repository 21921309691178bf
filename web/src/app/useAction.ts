import { useState } from "react";
import { problemFrom } from "~/api/problem";
import type { Problem } from "~/api/types";
import { toast } from "~/ui/toast";

interface Actions {
  /** What is being done; null while nothing is. */
  busy: string | null;
  /** What went wrong with the last. */
  problem: Problem | null;
  setProblem: (problem: Problem | null) => void;
  /** Does something that is known as `what`, and says in a toast what the action answers. */
  act: (what: string, action: () => Promise<string>) => Promise<void>;
}

/** What a page lets people do: one action at a time. `after` follows each, whether it went well or not. */
export function useAction(after?: () => unknown): Actions {
  const [busy, setBusy] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const act = async (what: string, action: () => Promise<string>) => {
    setProblem(null);
    setBusy(what);
    try {
      toast({ text: await action() });
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    } finally {
      setBusy(null);
      after?.();
    }
  };
  return { busy, problem, setProblem, act };
}

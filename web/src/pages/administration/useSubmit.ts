import { type SyntheticEvent, useState } from "react";
import { problemFrom } from "~/api/problem";
import type { Problem } from "~/api/types";
import { rereadAll } from "./lists";

interface Submit {
  problem: Problem | null;
  /** The problem's words where it is about this field. */
  errorAt: (field: string) => string | undefined;
  busy: boolean;
  submit: (event?: SyntheticEvent) => void;
}

/** Does once what a dialog is for, and keeps what the server says against it. */
export function useSubmit(action: () => Promise<void>, fields: readonly string[] = []): Submit {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setProblem(null);
    setBusy(true);
    try {
      await action();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    } finally {
      setBusy(false);
      void rereadAll();
    }
  };
  const isAtField = problem?.field != null && fields.includes(problem.field);
  return {
    problem: isAtField ? null : problem,
    errorAt: (field) => (problem?.field === field ? problem.detail : undefined),
    busy,
    submit: (event) => {
      event?.preventDefault();
      if (!busy) void run();
    },
  };
}

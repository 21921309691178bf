import { useEffect, useRef, useState } from "react";
import { problemFrom } from "~/api/problem";
import { testConnection } from "~/api/servers";
import type { ConnectionTestReport, Problem } from "~/api/types";
import { definitionOf, type ServerForm } from "./form";
import type { ServerEdit } from "./useServerForm";

export type TestResult =
  | { state: "none" }
  | { state: "testing" }
  | { state: "reported"; report: ConnectionTestReport }
  | { state: "refused"; problem: Problem };

interface ConnectionTest {
  result: TestResult;
  /** The form has changed since. */
  stale: boolean;
  /** The form as it is now has been tried and does not work. */
  failed: boolean;
  run: () => void;
  stop: () => void;
}

export function useConnectionTest(edit: ServerEdit): ConnectionTest {
  const [result, setResult] = useState<TestResult>({ state: "none" });
  const [tested, setTested] = useState<ServerForm | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const run = () => {
    if (!edit.check()) return;
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setResult({ state: "testing" });
    setTested(edit.form);
    const test = {
      server: definitionOf(edit.form),
      ...(edit.server ? { server_id: edit.server.id } : {}),
      ...(edit.form.source === "password" && edit.password !== "" ? { password: edit.password } : {}),
    };
    testConnection(test, abort.signal).then(
      (report) => !abort.signal.aborted && setResult({ state: "reported", report }),
      (thrown: unknown) => {
        if (abort.signal.aborted) return;
        const problem = problemFrom(thrown);
        edit.refuse(problem);
        setResult(problem.field == null ? { state: "refused", problem } : { state: "none" });
      },
    );
  };
  const stop = () => {
    running.current?.abort();
    setResult((now) => (now.state === "testing" ? { state: "none" } : now));
  };

  const stale = tested !== null && tested !== edit.form;
  const failed = !stale && result.state === "reported" && !result.report.passed;
  return { result, stale, failed, run, stop };
}

import { useEffect, useRef, useState } from "react";
import { ApiError, problemFrom } from "~/api/problem";
import { testConnection } from "~/api/servers";
import type { ConnectionTestReport, Problem, Prompt } from "~/api/types";
import { ConnectCancelled, Interaction } from "~/app/interaction";
import { definitionOf, type ServerForm } from "./form";
import { withHostKey } from "./tunnelForm";
import type { ServerEdit } from "./useServerForm";

export type TestResult =
  | { state: "none" }
  | { state: "testing" }
  /** The test goes on when the person has done what its report asks. */
  | { state: "waiting"; report: ConnectionTestReport; interaction: Interaction<ConnectionTestReport> }
  | { state: "reported"; report: ConnectionTestReport }
  | { state: "refused"; problem: Problem };

interface ConnectionTest {
  result: TestResult;
  /** The form has changed since. */
  stale: boolean;
  /** The form as it is now has been tried and does not work. */
  failed: boolean;
  run: () => void;
  /** Takes the host key that the SSH server has shown into the form, and tries again with it. */
  trust: (key: string) => void;
  /** Tries again with a password of the SSH server, or a passphrase, that is not saved. */
  tryTunnelSecret: (secret: string) => void;
  stop: () => void;
}

export function useConnectionTest(edit: ServerEdit): ConnectionTest {
  const [result, setResult] = useState<TestResult>({ state: "none" });
  const [tested, setTested] = useState<ServerForm | null>(null);
  const running = useRef<AbortController | null>(null);
  const tunnelSecret = useRef("");
  useEffect(() => () => running.current?.abort(), []);

  const runWith = (form: ServerForm) => {
    if (!edit.check()) return;
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    setResult({ state: "testing" });
    setTested(form);
    const test = {
      server: definitionOf(form),
      ...(edit.server ? { server_id: edit.server.id } : {}),
      ...(form.source === "password" && edit.password !== "" ? { password: edit.password } : {}),
      ...(tunnelSecret.current === "" ? {} : { tunnel_password: tunnelSecret.current }),
    };
    const attempt = () => testConnection(test, abort.signal);
    const waitIfAsked = (
      report: ConnectionTestReport,
    ): ConnectionTestReport | Promise<ConnectionTestReport> => {
      const asked = askedIn(report);
      if (!asked || abort.signal.aborted) return report;
      const interaction = new Interaction(asked.prompt, () => attempt().then(throwIfAsked));
      abort.signal.addEventListener("abort", interaction.cancel);
      setResult({ state: "waiting", report, interaction });
      return interaction.result;
    };
    attempt()
      .then(waitIfAsked)
      .then(
        (report) => !abort.signal.aborted && setResult({ state: "reported", report }),
        (thrown: unknown) => {
          if (abort.signal.aborted) return;
          if (thrown instanceof ConnectCancelled) return setResult({ state: "none" });
          const problem = problemFrom(thrown);
          edit.refuse(problem);
          setResult(problem.field == null ? { state: "refused", problem } : { state: "none" });
        },
      );
  };
  const run = () => runWith(edit.form);
  const trust = (key: string) => {
    const tunnel = withHostKey(edit.form.tunnel, key);
    edit.set({ tunnel });
    runWith({ ...edit.form, tunnel });
  };
  const tryTunnelSecret = (secret: string) => {
    tunnelSecret.current = secret;
    run();
  };
  const stop = () => {
    running.current?.abort();
    setResult((now) => (now.state === "testing" || now.state === "waiting" ? { state: "none" } : now));
  };

  const stale = tested !== null && !isSame(tested, edit.form);
  const failed = !stale && result.state === "reported" && !result.report.passed;
  return { result, stale, failed, run, trust, tryTunnelSecret, stop };
}

function isSame(one: ServerForm, other: ServerForm): boolean {
  return (Object.keys(one) as (keyof ServerForm)[]).every((key) => one[key] === other[key]);
}

/** What the failed step asks of the person, if it asks anything. */
function askedIn(report: ConnectionTestReport): { problem: Problem; prompt: Prompt } | null {
  const problem = report.steps.find((step) => step.problem?.prompt != null)?.problem;
  return problem?.prompt == null ? null : { problem, prompt: problem.prompt };
}

function throwIfAsked(report: ConnectionTestReport): ConnectionTestReport {
  const asked = askedIn(report);
  if (asked) throw new ApiError(asked.problem);
  return report;
}

import {
  CircleCheck,
  CircleDashed,
  CircleMinus,
  CircleUserRound,
  CircleX,
  type LucideIcon,
  ShieldCheck,
} from "lucide-react";
import { type SyntheticEvent, useRef, useState } from "react";
import type { ConnectionStep, ShownHostKey, StepReport } from "~/api/types";
import type { ShownInteraction } from "~/app/interaction";
import { InteractionPrompt } from "~/app/InteractionPrompt";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatDuration } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Input } from "~/ui/Input";
import { codesOf, stepNames } from "~/ui/problemCodes";
import { ProblemText } from "~/ui/ProblemText";
import { RemedySql } from "~/ui/RemedySql";
import type { ServerForm } from "./form";
import styles from "./TestPanel.module.css";
import type { TestResult } from "./useConnectionTest";

const icons: Record<StepReport["status"], LucideIcon> = {
  passed: CircleCheck,
  failed: CircleX,
  skipped: CircleMinus,
  not_run: CircleDashed,
};

/** The steps that there will be: some servers have a tunnel or SQL of their own. */
function untried({ tunnel, post_connection_sql: sql }: ServerForm): StepReport[] {
  const steps = (Object.keys(stepNames) as ConnectionStep[]).filter(
    (step) => (step !== "tunnel" || tunnel.on) && (step !== "post_connection_sql" || sql.trim() !== ""),
  );
  return steps.map((step) => ({ step, status: "not_run", duration_ms: 0, detail: "" }));
}

interface TestPanelProps {
  result: TestResult;
  stale: boolean;
  form: ServerForm;
  /** The person has compared the key of the SSH server and trusts it. */
  onTrust: (key: string) => void;
  /** The person has typed what the SSH server asks for, to be tried and not to be saved. */
  onTunnelSecret: (secret: string) => void;
}

/** What trying to connect showed, step by step, with what to do about the one that failed. */
export function TestPanel({ result, stale, form, onTrust, onTunnelSecret }: TestPanelProps) {
  const head = useRef<HTMLHeadingElement>(null);
  const steps = "report" in result ? result.report.steps : untried(form);
  const interaction = result.state === "waiting" ? result.interaction : null;
  return (
    <section
      className={styles.panel}
      aria-label="Test connection"
      aria-live="polite"
      aria-busy={result.state === "testing"}
    >
      <div className={styles.head}>
        <h2 ref={head} tabIndex={-1}>
          Test connection
        </h2>
        <Verdict result={result} />
        {result.state === "reported" && (
          <span className={styles.total}>{formatDuration(result.report.duration_ms)}</span>
        )}
      </div>
      {stale && result.state === "reported" && <p className={styles.stale}>The form has changed since.</p>}
      {result.state === "none" && (
        <p className={styles.stale}>Each step of connecting is tried and timed. Nothing is saved by it.</p>
      )}
      {result.state === "refused" && <ProblemText problem={result.problem} />}
      <ol className={classes(styles.steps, result.state === "testing" && styles.testing)}>
        {steps.map((step) => (
          <Step
            key={step.step}
            step={step}
            interaction={step.problem?.prompt == null ? null : interaction}
            stale={stale}
            onTrust={(key) => {
              // The button goes when the test begins, and the focus must not.
              head.current?.focus();
              onTrust(key);
            }}
            onTunnelSecret={(secret) => {
              head.current?.focus();
              onTunnelSecret(secret);
            }}
          />
        ))}
      </ol>
    </section>
  );
}

function Verdict({ result }: { result: TestResult }) {
  switch (result.state) {
    case "none":
    case "refused":
      return null;
    case "testing":
      return <Badge tone="accent">testing</Badge>;
    case "waiting":
      return <Badge tone="info">waiting for you</Badge>;
    case "reported": {
      const { passed, steps } = result.report;
      if (passed) return <Badge tone="success">works</Badge>;
      const at = steps.findIndex(({ status }) => status === "failed") + 1;
      return (
        <Badge tone="danger">
          failed at step {at} of {steps.length}
        </Badge>
      );
    }
  }
}

interface StepProps {
  step: StepReport;
  /** What the step waits for the person to do. */
  interaction: ShownInteraction | null;
  stale: boolean;
  onTrust: (key: string) => void;
  onTunnelSecret: (secret: string) => void;
}

function Step({ step, interaction, stale, onTrust, onTunnelSecret }: StepProps) {
  if (interaction) {
    return (
      <li className={classes(styles.step, styles.asked)}>
        <Icon of={CircleUserRound} />
        <span className={styles.name}>{stepNames[step.step]}</span>
        <div className={styles.prompt}>
          <InteractionPrompt interaction={interaction} then="the test" />
        </div>
      </li>
    );
  }
  const ran = step.status === "passed" || step.status === "failed";
  const { problem } = step;
  return (
    <li className={classes(styles.step, styles[step.status])}>
      <Icon of={icons[step.status]} />
      <span className={styles.name}>{stepNames[step.step]}</span>
      <span className={styles.time}>{ran && formatDuration(step.duration_ms)}</span>
      {step.detail !== "" && step.detail !== problem?.detail && (
        <span className={styles.detail}>{step.detail}</span>
      )}
      {problem?.database_message != null && <code className={styles.detail}>{problem.database_message}</code>}
      {problem && (
        <div className={styles.remedy}>
          <p>{problem.detail}</p>
          {problem.command_output != null && <pre>{problem.command_output}</pre>}
          {problem.remedy != null && <RemedySql {...problem.remedy} />}
          {problem.field?.startsWith("tunnel.") === true && problem.code === "password_required" && (
            <TunnelSecret of={problem.field} onTry={onTunnelSecret} />
          )}
          {problem.host_key != null && <HostKey shown={problem.host_key} stale={stale} onTrust={onTrust} />}
          <p className={styles.codes}>{codesOf(problem)}</p>
        </div>
      )}
    </li>
  );
}

/** What the SSH server asks for and the form does not say. */
function TunnelSecret({ of, onTry }: { of: string; onTry: (secret: string) => void }) {
  const [typed, setTyped] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (typed !== "") onTry(typed);
  };
  return (
    <form className={styles.secret} onSubmit={submit}>
      <Input
        type="password"
        aria-label={of === "tunnel.passphrase" ? "Passphrase of the key" : "SSH password"}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button size="sm" type="submit" disabled={typed === ""}>
        Test with it
      </Button>
    </form>
  );
}

interface HostKeyProps {
  shown: ShownHostKey;
  stale: boolean;
  onTrust: (key: string) => void;
}

/** The key that the SSH server shows, to be compared by a person. */
function HostKey({ shown, stale, onTrust }: HostKeyProps) {
  return (
    <>
      <dl className={styles.hostKey}>
        <dt>Algorithm</dt>
        <dd>{shown.algorithm}</dd>
        <dt>Fingerprint</dt>
        <dd>{shown.fingerprint}</dd>
      </dl>
      <div>
        <Button
          size="sm"
          icon={ShieldCheck}
          disabled={stale}
          title={stale ? "The form has changed since. Test again first." : undefined}
          onClick={() => onTrust(shown.key)}
        >
          Trust this key and test again
        </Button>
      </div>
    </>
  );
}

import {
  CircleCheck,
  CircleDashed,
  CircleMinus,
  CircleUserRound,
  CircleX,
  type LucideIcon,
} from "lucide-react";
import type { ConnectionStep, StepReport } from "~/api/types";
import type { ShownInteraction } from "~/app/interaction";
import { InteractionPrompt } from "~/app/InteractionPrompt";
import { Badge } from "~/ui/Badge";
import { classes } from "~/ui/classes";
import { formatDuration } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { codesOf, stepNames } from "~/ui/problemCodes";
import { ProblemText } from "~/ui/ProblemText";
import styles from "./TestPanel.module.css";
import type { TestResult } from "./useConnectionTest";

const icons: Record<StepReport["status"], LucideIcon> = {
  passed: CircleCheck,
  failed: CircleX,
  skipped: CircleMinus,
  not_run: CircleDashed,
};

/** Steps of servers that have a tunnel or SQL of their own; the report has them where they apply. */
const uncommon: readonly ConnectionStep[] = ["tunnel", "post_connection_sql"];

const common = (Object.keys(stepNames) as ConnectionStep[]).filter((step) => !uncommon.includes(step));

const untried: readonly StepReport[] = common.map((step) => ({
  step,
  status: "not_run",
  duration_ms: 0,
  detail: "",
}));

/** What trying to connect showed, step by step, with what to do about the one that failed. */
export function TestPanel({ result, stale }: { result: TestResult; stale: boolean }) {
  const steps = "report" in result ? result.report.steps : untried;
  const interaction = result.state === "waiting" ? result.interaction : null;
  return (
    <section
      className={styles.panel}
      aria-label="Test connection"
      aria-live="polite"
      aria-busy={result.state === "testing"}
    >
      <div className={styles.head}>
        <h2>Test connection</h2>
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
          <Step key={step.step} step={step} interaction={step.problem?.prompt == null ? null : interaction} />
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
}

function Step({ step, interaction }: StepProps) {
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
          <p className={styles.codes}>{codesOf(problem)}</p>
        </div>
      )}
    </li>
  );
}

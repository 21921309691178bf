import { CircleX } from "lucide-react";
import { Icon } from "./Icon";
import { codesOf, hostKeyRemedy, type StepName } from "./problemCodes";
import { RemedySql } from "./RemedySql";
import styles from "./ProblemText.module.css";

/** The part of a problem document that is for a person. */
export interface ShownProblem {
  detail: string;
  code: string;
  sqlstate?: string | null;
  step?: StepName | null;
  database_message?: string | null;
  command_output?: string | null;
  host_key?: object | null;
  remedy?: { words: string; sql: string } | null;
}

/** What happened and what to do, and beside it what PostgreSQL or the command said, verbatim. */
export function ProblemText({ problem }: { problem: ShownProblem }) {
  const remedy = hostKeyRemedy(problem);
  return (
    <div className={styles.problem} role="alert">
      <Icon of={CircleX} />
      <div className={styles.text}>
        <p>{problem.detail}</p>
        {remedy !== null && <p>{remedy}</p>}
        {problem.database_message != null && (
          <code className={styles.verbatim}>{problem.database_message}</code>
        )}
        {problem.command_output != null && <pre className={styles.output}>{problem.command_output}</pre>}
        {problem.remedy != null && <RemedySql {...problem.remedy} />}
        <p className={styles.codes}>{codesOf(problem)}</p>
      </div>
    </div>
  );
}

import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import type { Problem } from "~/api/types";
import { Button, IconButton } from "~/ui/Button";
import { formatCount } from "~/ui/format";
import { ProblemText } from "~/ui/ProblemText";
import styles from "./Section.module.css";

interface SectionProps {
  title: string;
  /** How many there are; null while that is not known. */
  count: number | null;
  /** Buttons beside the title. */
  actions?: ReactNode;
  /** What stands in the bar under the title. */
  bar?: ReactNode;
  problem: Problem | null;
  busy: boolean;
  onReload: () => void;
  children: ReactNode;
}

/** A section of the administration: its title, a bar, and what it lists. */
export function Section({ title, count, actions, bar, problem, busy, onReload, children }: SectionProps) {
  return (
    <>
      <header className={styles.head}>
        <h1>{title}</h1>
        {count !== null && <span className={styles.count}>{formatCount(count)}</span>}
        <span className={styles.end}>
          <IconButton icon={RotateCw} label="Read the list again" aria-busy={busy} onClick={onReload} />
          {actions}
        </span>
      </header>
      {bar !== undefined && <div className={styles.bar}>{bar}</div>}
      {problem && (
        <div className={styles.problem}>
          <ProblemText problem={problem} />
          <Button busy={busy} onClick={onReload}>
            {busy ? "Trying again" : "Try again"}
          </Button>
        </div>
      )}
      <div className={styles.body}>{children}</div>
    </>
  );
}

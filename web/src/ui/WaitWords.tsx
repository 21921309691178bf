import { Hourglass } from "lucide-react";
import { formatClock } from "./format";
import { Icon } from "./Icon";
import styles from "./WaitWords.module.css";

/** Why nothing is tried at the moment, and for how long. The clock is not read out while it runs. */
export function WaitWords({ why, left }: { why: string; left: number }) {
  return (
    <p className={styles.wait} role="alert">
      <Icon of={Hourglass} />
      <span>
        {why} You can try again in{" "}
        <span role="timer" aria-label="Time left" className={styles.clock}>
          {formatClock(left + 999)}
        </span>
        .
      </span>
    </p>
  );
}

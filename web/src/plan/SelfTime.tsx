import { classes } from "~/ui/classes";
import styles from "./SelfTime.module.css";
import { formatMs, heatOf } from "./words";

/** A time, and how much of the whole it is. */
export function SelfTime({ ms, share, digits }: { ms: number | null; share: number; digits: number }) {
  if (ms === null) return null;
  return (
    <span className={styles.time}>
      <span className={classes(styles.bar, styles[heatOf(share)])} aria-hidden="true">
        <i style={{ "--share": `${(share * 100).toFixed(1)}%` }} />
      </span>
      <span>{formatMs(ms, digits)}</span>
    </span>
  );
}

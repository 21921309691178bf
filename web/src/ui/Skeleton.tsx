import styles from "./Skeleton.module.css";

/** A bar in place of a text that is on its way. */
export function Skeleton({ width, height = 10 }: { width: number; height?: number }) {
  return <span className={styles.skeleton} style={{ width, height }} aria-hidden="true" />;
}

import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./Badge.module.css";

export type Tone = "plain" | "accent" | "info" | "success" | "warning" | "danger" | "production";

/** A word on a tint. */
export function Badge({
  tone = "plain",
  title,
  children,
}: {
  tone?: Tone;
  title?: string;
  children: ReactNode;
}) {
  return (
    <span className={classes(styles.badge, styles[tone])} title={title}>
      {children}
    </span>
  );
}

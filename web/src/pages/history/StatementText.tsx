import type { ReactNode } from "react";

import styles from "./StatementText.module.css";

/** A statement to read, beside a list: it scrolls by keyboard too. */
export function StatementText({ label, children }: { label: string; children: ReactNode }) {
  return (
    <pre className={styles.text} tabIndex={0} role="region" aria-label={label}>
      {children}
    </pre>
  );
}

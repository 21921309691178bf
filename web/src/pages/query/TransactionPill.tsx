import { CircleDashed, GitCommitHorizontal, OctagonX } from "lucide-react";

import type { Transaction } from "~/run/transaction";
import { classes } from "~/ui/classes";
import { Icon } from "~/ui/Icon";
import styles from "./TransactionPill.module.css";
import { accessWords, transactionTitle } from "./transactionWords";

/** The state of the transaction, as PostgreSQL told it last. */
export function TransactionPill({ transaction }: { transaction: Transaction }) {
  switch (transaction.state) {
    case "idle":
      return (
        <span className={styles.pill} title="No transaction is open">
          <Icon of={CircleDashed} size={14} />
          <span className={styles.words}>No transaction</span>
        </span>
      );
    case "in_transaction":
      return (
        <span className={classes(styles.pill, styles.open)} title={transactionTitle(transaction)}>
          <Icon of={GitCommitHorizontal} size={14} />
          <span className={styles.words}>
            {["In transaction", ...accessWords(transaction.readOnly, false)].join(", ")}
          </span>
        </span>
      );
    case "failed":
      return (
        <span className={classes(styles.pill, styles.failed)} title="Transaction failed">
          <Icon of={OctagonX} size={14} />
          <span className={styles.words}>Transaction failed</span>
        </span>
      );
  }
}

import { Eye, Lock, SquareTerminal, Table2 } from "lucide-react";

import type { TableShape } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import styles from "./DataTab.module.css";
import { KINDS, type ReadOnlyWords } from "./readOnlyWords";
import type { Unlocking } from "./useUnlocking";

interface TableHeadProps {
  readonly shape: TableShape;
  /** The server and the database. */
  readonly where: string;
  readonly readOnly: ReadOnlyWords;
  readonly unlocking: Unlocking;
  readonly onQuery: () => void;
}

/** Which table it is, and what can be done with its rows. */
export function TableHead({ shape, where, readOnly, unlocking, onQuery }: TableHeadProps) {
  const unread = shape.may_select ? shape.columns.filter((column) => !column.may_select) : [];
  return (
    <header className={styles.head}>
      <Icon of={shape.kind === "view" || shape.kind === "materialized_view" ? Eye : Table2} />
      <h1 title={shape.name}>{shape.name}</h1>
      <span className={styles.of}>
        {KINDS[shape.kind]} in {where} / {shape.schema}
      </span>
      {shape.row_security && <Badge>row security</Badge>}
      {unread.length > 0 && (
        <Badge title={`You have no right to read ${unread.map(({ name }) => name).join(", ")}`}>
          {plural(unread.length, "column")} not readable
        </Badge>
      )}
      {readOnly.badge !== null && (
        <Badge tone="info" title={readOnly.edit ?? ""}>
          {readOnly.badge}
        </Badge>
      )}
      {readOnly.badge === null && unlocking.lock === "locked" && (
        <Badge tone="info" title="This server is read only by default. To apply changes you say why.">
          locked
        </Badge>
      )}
      <span className={styles.end}>
        {unlocking.lock === "unlocked" && (
          <Button icon={Lock} title="Writing is unlocked in this tab" onClick={unlocking.lockAgain}>
            Lock writing again
          </Button>
        )}
        <Button icon={SquareTerminal} onClick={onQuery}>
          Query
        </Button>
      </span>
    </header>
  );
}

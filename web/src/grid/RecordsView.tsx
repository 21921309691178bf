import { useState } from "react";

import type { RowStore } from "~/run/rowStore";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatCount } from "~/ui/format";
import type { GridColumnView } from "./columns";
import styles from "./RecordsView.module.css";

interface RecordsViewProps {
  readonly label: string;
  readonly rows: RowStore;
  readonly rowCount: number;
  readonly columns: readonly GridColumnView[];
}

/** So many records come at once: each is as long as its row is wide. */
const STEP = 50;
/** So much of a value is shown; the grid's viewer has all of it. */
const SHOWN_BYTES = 4096;

/** The rows one below another, a line for each value, as psql's expanded display has them. */
export function RecordsView({ label, rows, rowCount, columns }: RecordsViewProps) {
  const [limit, setLimit] = useState(STEP);
  const shown = Math.min(limit, rowCount);
  return (
    <div className={styles.records} tabIndex={0} role="region" aria-label={label}>
      {Array.from({ length: shown }, (_, row) => (
        <Record key={row} rows={rows} row={row} columns={columns} />
      ))}
      {shown < rowCount && (
        <div className={styles.more}>
          <span>{`${formatCount(shown)} of ${formatCount(rowCount)} records.`}</span>
          <Button size="sm" onClick={() => setLimit(limit + STEP)}>
            {`Show ${STEP} more`}
          </Button>
        </div>
      )}
    </div>
  );
}

function Record({ rows, row, columns }: { rows: RowStore; row: number; columns: readonly GridColumnView[] }) {
  return (
    <table className={styles.record}>
      <caption>{`Record ${formatCount(row + 1)}`}</caption>
      <tbody>
        {columns.map((column, index) => (
          <tr key={index}>
            <th scope="row">{column.name}</th>
            <td className={styles.type}>{column.type}</td>
            <Value rows={rows} row={row} column={index} isNumber={column.kind === "number"} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({
  rows,
  row,
  column,
  isNumber,
}: {
  rows: RowStore;
  row: number;
  column: number;
  isNumber: boolean;
}) {
  const cell = rows.cell(row, column, SHOWN_BYTES + 1);
  if (cell.kind === "null") return <td className={classes(styles.value, styles.null)}>NULL</td>;
  if (cell.text === "") return <td className={classes(styles.value, styles.null)}>empty text</td>;
  const isLong = cell.text.length > SHOWN_BYTES;
  return (
    <td className={classes(styles.value, isNumber && styles.number)}>
      {isLong ? `${cell.text.slice(0, SHOWN_BYTES)}…` : cell.text}
    </td>
  );
}

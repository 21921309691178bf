import { Table2 } from "lucide-react";

import { classes } from "~/ui/classes";
import { formatCount } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import table from "~/ui/Table.module.css";
import type { PlanFigures } from "./figures";
import plan from "./PlanTable.module.css";
import { SelfTime } from "./SelfTime";
import styles from "./TableShares.module.css";
import { formatRows, msDigits } from "./words";

/** Where the time goes by table. */
export function TableShares({ figures }: { figures: PlanFigures }) {
  const { tables, otherMs, totalMs } = figures;
  if (tables.length === 0) return null;
  const share = otherMs !== null && totalMs !== null && totalMs > 0 ? otherMs / totalMs : 0;
  const digits = msDigits(totalMs);
  return (
    <section className={styles.section} aria-label="By table">
      <h2>By table</h2>
      <table className={classes(table.table, plan.table)}>
        <colgroup>
          <col />
          <col className={plan.self} />
          <col className={plan.total} />
          <col className={plan.rows} />
          <col className={plan.estimate} />
          <col className={plan.loops} />
          <col className={plan.buffers} />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">Self, ms</th>
            <th scope="col" className={table.number}>
              Share
            </th>
            <th scope="col" className={table.number}>
              Rows read
            </th>
            <th scope="col">Way</th>
            <th scope="col" className={table.number}>
              Scans
            </th>
            <th scope="col" className={table.number}>
              Buffers
            </th>
          </tr>
        </thead>
        <tbody>
          {tables.map((entry) => (
            <tr key={entry.name}>
              <td>
                <span className={styles.name}>
                  <Icon of={Table2} size={14} />
                  {entry.name}
                </span>
              </td>
              <td>
                <SelfTime ms={entry.selfMs} share={entry.share} digits={digits} />
              </td>
              <td className={classes(table.number, plan.second)}>
                {entry.selfMs === null ? "" : shareWords(entry.share)}
              </td>
              <td className={table.number}>{entry.rowsRead === null ? "" : formatRows(entry.rowsRead)}</td>
              <td className={plan.second}>{entry.way}</td>
              <td className={classes(table.number, plan.second)}>
                {entry.scans === null ? "" : formatCount(entry.scans)}
              </td>
              <td className={classes(table.number, plan.second)}>
                {entry.blocks === null ? "" : formatCount(entry.blocks)}
              </td>
            </tr>
          ))}
          {otherMs !== null && (
            <tr>
              <td className={classes(plan.second, styles.others)}>everything else</td>
              <td>
                <SelfTime ms={otherMs} share={share} digits={digits} />
              </td>
              <td className={classes(table.number, plan.second)}>{shareWords(share)}</td>
              <td colSpan={4} />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

function shareWords(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

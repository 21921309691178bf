import type { ReactNode } from "react";

import { formatBytes, formatCount } from "~/ui/format";
import { numberOf, type Plan } from "./planNode";
import styles from "./PlanSummary.module.css";
import { BLOCK_BYTES, formatMs, formatRows } from "./words";

/** The figures of the whole plan in a line. */
export function PlanSummary({ plan, children }: { plan: Plan; children: ReactNode }) {
  return (
    <div className={styles.bar}>
      <dl className={styles.facts}>
        {wholeOf(plan).map(({ value, name }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.end}>{children}</div>
    </div>
  );
}

function wholeOf({ facts, roots }: Plan): { name: string; value: string }[] {
  const root = roots[0];
  const execution = numberOf(facts, "Execution Time");
  const planning = numberOf(facts, "Planning Time");
  const hit = root ? numberOf(root.facts, "Shared Hit Blocks") : null;
  const read = root ? numberOf(root.facts, "Shared Read Blocks") : null;
  const written = root ? numberOf(root.facts, "Temp Written Blocks") : null;
  const entries: (readonly [string, string | null])[] = [
    ["execution", execution === null ? null : `${formatMs(execution)} ms`],
    ["planning", planning === null ? null : `${formatMs(planning)} ms`],
    [root?.actual?.rows === 1 ? "row" : "rows", root?.actual ? formatRows(root.actual.rows) : null],
    [
      "rows estimated",
      root && !root.actual && root.estimatedRows !== null ? formatRows(root.estimatedRows) : null,
    ],
    [
      "cost",
      root && !root.actual && root.totalCost !== null ? formatCount(Math.round(root.totalCost)) : null,
    ],
    ["read from cache", hit === null ? null : formatBytes(hit * BLOCK_BYTES)],
    ["read from disk", read === null ? null : formatBytes(read * BLOCK_BYTES)],
    ["temporary files", written === null ? null : written === 0 ? "0" : formatBytes(written * BLOCK_BYTES)],
  ];
  return entries.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

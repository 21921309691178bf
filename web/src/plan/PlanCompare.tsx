import { ArrowLeft, ArrowRight } from "lucide-react";

import { classes } from "~/ui/classes";
import { Icon } from "~/ui/Icon";
import table from "~/ui/Table.module.css";
import { comparePlans, type ComparedLine, type ComparedNode } from "./comparePlans";
import styles from "./PlanCompare.module.css";
import { numberOf, type Plan } from "./planNode";
import { formatMs, formatRows } from "./words";

interface PlanCompareProps {
  readonly left: Plan;
  readonly right: Plan;
  readonly names: readonly [left: string, right: string];
}

/** Two plans, node beside node: what each took, and what only one of them does. */
export function PlanCompare({ left, right, names }: PlanCompareProps) {
  const lines = comparePlans(left, right);
  if (!lines) return <p className={styles.nothing}>The plans are too large to be laid side by side.</p>;
  const onlyLeft = lines.filter((line) => line.right === null).length;
  const onlyRight = lines.filter((line) => line.left === null).length;
  return (
    <div className={styles.compare}>
      <p className={styles.words} role="status">
        {`${wholeWords(left, right)}${nodeWords(onlyLeft, onlyRight, names)}`}
      </p>
      <div
        className={classes(table.scroller, styles.nodes)}
        tabIndex={0}
        role="region"
        aria-label="Plans side by side"
      >
        <table className={classes(table.table, styles.table)}>
          <thead>
            <tr>
              <th scope="col">Node</th>
              {names.flatMap((name, index) => [
                <th key={`${index} self`} scope="col" className={table.number}>
                  {`Self, ${name}`}
                </th>,
                <th key={`${index} rows`} scope="col" className={table.number}>
                  {`Rows, ${name}`}
                </th>,
              ])}
              <th scope="col" className={table.number}>
                Change
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              <Line key={index} line={line} names={names} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Line({ line, names }: { line: ComparedLine; names: PlanCompareProps["names"] }) {
  const { left, right } = line;
  const node = (left ?? right)?.node;
  if (!node) return null;
  return (
    <tr className={classes(!left && styles.added, !right && styles.removed)}>
      <th scope="row" className={styles.node}>
        <span style={{ "--depth": node.depth }}>
          {!left && <Icon of={ArrowRight} size={14} label={`only in ${names[1]}`} />}
          {!right && <Icon of={ArrowLeft} size={14} label={`only in ${names[0]}`} />}
          <b>{node.title}</b> {node.subject}
        </span>
      </th>
      <Figures of={left} />
      <Figures of={right} />
      <td className={table.number}>{changeWords(left, right)}</td>
    </tr>
  );
}

function Figures({ of }: { of: ComparedNode | null }) {
  if (!of)
    return (
      <>
        <td />
        <td />
      </>
    );
  const { node, selfMs } = of;
  const rows = node.actual?.rows ?? node.estimatedRows;
  return (
    <>
      <td className={table.number}>{selfMs === null ? "" : `${formatMs(selfMs)} ms`}</td>
      <td className={table.number}>
        {rows === null ? "" : node.actual ? formatRows(rows) : `about ${formatRows(rows)}`}
      </td>
    </>
  );
}

const LEAST_CHANGE_MS = 0.0005;

function changeWords(left: ComparedNode | null, right: ComparedNode | null): string {
  if (left?.selfMs == null || right?.selfMs == null) return "";
  const change = right.selfMs - left.selfMs;
  if (Math.abs(change) < LEAST_CHANGE_MS) return "none";
  return `${change < 0 ? "−" : "+"}${formatMs(Math.abs(change))} ms`;
}

function wholeWords(left: Plan, right: Plan): string {
  const [before, after] = [left, right].map((plan) => numberOf(plan.facts, "Execution Time"));
  if (before == null || after == null || before === 0 || after === 0) return "";
  const factor = before / after;
  const words =
    factor >= 1 ? `${factor.toFixed(1)} times as fast` : `${(1 / factor).toFixed(1)} times as long`;
  return `${formatMs(before)} ms and ${formatMs(after)} ms: ${words}. `;
}

function nodeWords(onlyLeft: number, onlyRight: number, [left, right]: PlanCompareProps["names"]): string {
  if (onlyLeft + onlyRight === 0) return "Both have the same nodes.";
  return `${onlyLeft} of the nodes only in ${left}, ${onlyRight} only in ${right}.`;
}

import type { KeyboardEvent } from "react";

import { classes } from "~/ui/classes";
import { formatCount } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import table from "~/ui/Table.module.css";
import { figuresOfNode, type PlanFigures } from "./figures";
import { iconOf } from "./nodeIcon";
import type { Plan, PlanNode } from "./planNode";
import styles from "./PlanTable.module.css";
import { SelfTime } from "./SelfTime";
import { estimateWords, formatMs, formatRows, isMuchOff, msDigits } from "./words";

interface PlanTableProps {
  plan: Plan;
  figures: PlanFigures;
  selected: PlanNode | null;
  onSelect: (node: PlanNode) => void;
}

/** The nodes line by line, with where the time goes. */
export function PlanTable({ plan, figures, selected, onSelect }: PlanTableProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = selected?.id ?? 0;
    const last = plan.nodes.length - 1;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: last }[event.key];
    const node = to === undefined ? undefined : plan.nodes[to];
    if (!node) return;
    event.preventDefault();
    onSelect(node);
    event.currentTarget.querySelectorAll<HTMLElement>("tr")[node.id]?.focus();
  };
  return (
    <table className={classes(table.table, styles.table)} role="treegrid" aria-label="Plan">
      <colgroup>
        <col />
        <col className={styles.self} />
        <col className={styles.total} />
        <col className={styles.rows} />
        <col className={styles.estimate} />
        <col className={styles.loops} />
        <col className={styles.buffers} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">Self, ms</th>
          <th scope="col" className={table.number}>
            Total, ms
          </th>
          <th scope="col" className={table.number}>
            Rows
          </th>
          <th scope="col">Estimate</th>
          <th scope="col" className={table.number}>
            Loops
          </th>
          <th
            scope="col"
            className={table.number}
            title="Blocks of the node itself, in the cache and from disk"
          >
            Buffers
          </th>
        </tr>
      </thead>
      <tbody onKeyDown={onKeyDown}>
        {plan.nodes.map((node) => (
          <NodeRow
            key={node.id}
            node={node}
            figures={figures}
            selected={node === selected}
            onSelect={onSelect}
          />
        ))}
      </tbody>
    </table>
  );
}

interface NodeRowProps {
  node: PlanNode;
  figures: PlanFigures;
  selected: boolean;
  onSelect: (node: PlanNode) => void;
}

function NodeRow({ node, figures, selected, onSelect }: NodeRowProps) {
  const { totalMs, selfMs, share, estimate, blocks } = figuresOfNode(figures, node);
  const { actual } = node;
  const digits = msDigits(figures.totalMs);
  const never = actual?.loops === 0;
  return (
    <tr
      className={never ? styles.never : undefined}
      aria-level={node.depth + 1}
      aria-selected={selected}
      tabIndex={selected ? 0 : -1}
      onClick={() => onSelect(node)}
    >
      <td>
        <span className={styles.node} style={{ "--depth": node.depth }}>
          <Icon of={iconOf(node.title)} size={14} />
          {node.label !== null && <span className={styles.label}>{node.label}</span>}
          <b>{node.title}</b>
          <span className={styles.subject}>{node.subject}</span>
        </span>
      </td>
      <td>
        <SelfTime ms={selfMs} share={share} digits={digits} />
      </td>
      <td className={classes(table.number, styles.second)}>
        {totalMs === null ? "" : formatMs(totalMs, digits)}
      </td>
      <td className={table.number}>{rowsOf(node)}</td>
      <td className={isMuchOff(estimate) ? styles.warning : styles.second}>
        {never ? "never executed" : estimateWords(estimate)}
      </td>
      <td className={classes(table.number, actual && actual.loops > 1 ? undefined : styles.muted)}>
        {actual ? formatCount(actual.loops) : ""}
      </td>
      <td className={classes(table.number, styles.second)}>
        {blocks === null || blocks === 0 ? "" : formatCount(blocks)}
      </td>
    </tr>
  );
}

/** Rows of a loop; those estimated, marked as such, where nothing ran. */
function rowsOf({ actual, estimatedRows }: PlanNode): string {
  if (actual) return actual.loops === 0 ? "" : formatRows(actual.rows);
  return estimatedRows === null ? "" : `~${formatRows(estimatedRows)}`;
}

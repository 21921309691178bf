import { Copy, TriangleAlert } from "lucide-react";

import { IconButton } from "~/ui/Button";
import { formatCount } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { figuresOfNode, type PlanFigures } from "./figures";
import { percent, type Finding } from "./findings";
import { detailOf } from "./nodeFacts";
import styles from "./NodeDetail.module.css";
import { iconOf } from "./nodeIcon";
import type { PlanNode } from "./planNode";
import { formatMs, formatRows } from "./words";

interface NodeDetailProps {
  node: PlanNode | null;
  figures: PlanFigures;
  findings: readonly Finding[];
  onSelect: (node: PlanNode) => void;
  onCopy: (text: string) => void;
}

/** All that is known of a node, and what is worth a look in the whole plan. */
export function NodeDetail({ node, figures, findings, onSelect, onCopy }: NodeDetailProps) {
  return (
    <aside className={styles.side} aria-label="Selected node" tabIndex={0}>
      {node && (
        <section>
          <h2>
            <Icon of={iconOf(node.title)} size={14} />
            {node.relation === null ? node.title : `${node.title} on ${node.subject}`}
          </h2>
          <dl className={styles.facts}>
            {factsOf(node, figures).map(({ name, value, code }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd className={code ? styles.code : undefined}>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section>
        <h2>Worth a look</h2>
        {findings.length === 0 && <p className={styles.nothing}>Nothing stands out.</p>}
        <ul className={styles.findings}>
          {findings.map(({ node: where, title, text, sql }, index) => (
            <li key={index}>
              <Icon of={TriangleAlert} size={14} />
              {where ? (
                <button type="button" className={styles.title} onClick={() => onSelect(where)}>
                  {title}
                </button>
              ) : (
                <b>{title}</b>
              )}
              <p>{text}</p>
              {sql !== undefined && (
                <p className={styles.sql}>
                  <code>{sql}</code>
                  <IconButton icon={Copy} size="sm" label={`Copy ${sql}`} onClick={() => onCopy(sql)} />
                </p>
              )}
            </li>
          ))}
        </ul>
      </section>
    </aside>
  );
}

interface Shown {
  readonly name: string;
  readonly value: string;
  readonly code: boolean;
}

function factsOf(node: PlanNode, figures: PlanFigures): Shown[] {
  const { selfMs, share } = figuresOfNode(figures, node);
  const { actual, estimatedRows, totalCost, processes } = node;
  const shown: Shown[] = [];
  const tell = (name: string, value: string | null) =>
    value !== null && shown.push({ name, value, code: false });
  tell("Self time", selfMs === null ? null : `${formatMs(selfMs)} ms, ${percent(share)} of all`);
  tell("Rows", rowWords(node));
  if (actual && actual.loops > 1) {
    tell(
      "Loops",
      `${formatCount(actual.loops)}${processes > 1 ? ` in ${formatCount(processes)} processes` : ""}`,
    );
  }
  tell("Cost", totalCost === null ? null : formatCount(totalCost));
  if (!actual) tell("Estimated", estimatedRows === null ? null : formatRows(estimatedRows));
  return [...shown, ...detailOf(node)];
}

function rowWords({ actual, estimatedRows }: PlanNode): string | null {
  if (!actual) return null;
  if (actual.loops === 0) return "never executed";
  const each = actual.loops > 1 ? " in each loop" : "";
  const estimated = estimatedRows === null ? "" : `, estimated ${formatRows(estimatedRows)}`;
  return `${formatRows(actual.rows)}${each}${estimated}`;
}

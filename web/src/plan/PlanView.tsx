import { Copy, PanelRight } from "lucide-react";
import { useMemo, useState } from "react";

import { IconButton } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { Segmented } from "~/ui/Segmented";
import { figuresOf } from "./figures";
import { findingsOf } from "./findings";
import { NodeDetail } from "./NodeDetail";
import { PlanDiagram } from "./PlanDiagram";
import type { Plan, PlanNode } from "./planNode";
import { PlanSummary } from "./PlanSummary";
import { PlanTable } from "./PlanTable";
import styles from "./PlanView.module.css";
import { TableShares } from "./TableShares";

interface PlanViewProps {
  plan: Plan;
  /** What PostgreSQL wrote, for the text view and for copying. */
  text: string;
  onCopy: (text: string) => void;
}

type View = "table" | "diagram" | "text";

const VIEWS = [
  { value: "table", label: "Table" },
  { value: "diagram", label: "Diagram" },
  { value: "text", label: "Text" },
] as const;

/** A plan in the three ways to read it, the selected node, and what is worth a look. */
export function PlanView({ plan, text, onCopy }: PlanViewProps) {
  const figures = useMemo(() => figuresOf(plan), [plan]);
  const findings = useMemo(() => findingsOf(plan, figures), [plan, figures]);
  /** Where there is no room for both, the facts stand over the plan while they are wanted. */
  const [besideOpen, setBesideOpen] = useState(false);
  const [view, setView] = useState<View>("table");
  const [selected, setSelected] = useState<PlanNode | null>(() => slowest(plan, figures.nodes));
  const node = selected && plan.nodes[selected.id] === selected ? selected : (plan.nodes[0] ?? null);
  return (
    <div className={styles.plan}>
      <PlanSummary plan={plan}>
        <Segmented label="View of the plan" value={view} choices={VIEWS} onChange={setView} />
        {view !== "text" && (
          <IconButton
            className={styles.besideButton}
            icon={PanelRight}
            size="sm"
            label="Facts of the node"
            on={besideOpen}
            onClick={() => setBesideOpen(!besideOpen)}
          />
        )}
        <IconButton icon={Copy} size="sm" label="Copy plan" onClick={() => onCopy(text)} />
      </PlanSummary>
      <div className={styles.body}>
        <div className={styles.main}>
          {view === "table" && (
            <>
              <PlanTable plan={plan} figures={figures} selected={node} onSelect={setSelected} />
              <TableShares figures={figures} />
            </>
          )}
          {view === "diagram" && (
            <PlanDiagram plan={plan} figures={figures} selected={node} onSelect={setSelected} />
          )}
          {view === "text" && (
            <pre className={styles.text} tabIndex={0} aria-label="Plan as text">
              {text}
            </pre>
          )}
        </div>
        {view !== "text" && (
          <div className={classes(styles.side, besideOpen && styles.open)}>
            <NodeDetail
              node={node}
              figures={figures}
              findings={findings}
              onSelect={setSelected}
              onCopy={onCopy}
            />
          </div>
        )}
      </div>
    </div>
  );
}

function slowest(plan: Plan, figures: readonly { readonly selfMs: number | null }[]): PlanNode | null {
  let most: PlanNode | null = null;
  let time = 0;
  for (const node of plan.nodes) {
    const ms = figures[node.id]?.selfMs ?? 0;
    if (ms > time) {
      most = node;
      time = ms;
    }
  }
  return most;
}

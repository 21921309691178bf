import { hierarchy, tree, type HierarchyPointLink, type HierarchyPointNode } from "d3-hierarchy";
import { type KeyboardEvent, useMemo } from "react";

import { classes } from "~/ui/classes";
import { figuresOfNode, type PlanFigures } from "./figures";
import type { Plan, PlanNode } from "./planNode";
import styles from "./PlanDiagram.module.css";
import { estimateWords, formatMs, formatRows, heatOf, isMuchOff } from "./words";

interface PlanDiagramProps {
  plan: Plan;
  figures: PlanFigures;
  selected: PlanNode | null;
  onSelect: (node: PlanNode) => void;
}

const WIDTH = 196;
const HEIGHT = 62;
const GAP_X = 20;
const GAP_Y = 36;
const MARGIN = 16;
const MAX_LINE = 6;

/** The plan as a tree, from the result at the top down to the tables. Lines are as thick as the rows they carry. */
export function PlanDiagram({ plan, figures, selected, onSelect }: PlanDiagramProps) {
  const { nodes, links, width, height } = useMemo(() => layoutOf(plan), [plan]);
  const most = Math.max(1, ...plan.nodes.map(rowsOut));
  const onKeyDown = (event: KeyboardEvent<SVGSVGElement>) => {
    const to = neighbour(plan, selected, event.key);
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onSelect(to);
    event.currentTarget.querySelectorAll<SVGElement>('[role="treeitem"]')[to.id]?.focus();
  };
  return (
    <svg
      className={styles.diagram}
      width={width}
      height={height}
      role="tree"
      aria-label="Plan diagram"
      onKeyDown={onKeyDown}
    >
      {links.map(({ source, target }) => (
        <path
          key={target.data.id}
          className={styles.line}
          d={curve(source, target)}
          strokeWidth={1 + (MAX_LINE * Math.log1p(rowsOut(target.data))) / Math.log1p(most)}
        />
      ))}
      {nodes.map(({ data, x, y }) => (
        <NodeBox
          key={data.id}
          node={data}
          figures={figures}
          x={x}
          y={y}
          selected={data === selected}
          onSelect={onSelect}
        />
      ))}
    </svg>
  );
}

interface NodeBoxProps {
  node: PlanNode;
  figures: PlanFigures;
  x: number;
  y: number;
  selected: boolean;
  onSelect: (node: PlanNode) => void;
}

function NodeBox({ node, figures, x, y, selected, onSelect }: NodeBoxProps) {
  const { selfMs, share, estimate } = figuresOfNode(figures, node);
  const inner = WIDTH - 20;
  return (
    <g
      transform={`translate(${x}, ${y})`}
      className={classes(styles.node, selected && styles.selected)}
      role="treeitem"
      aria-level={node.depth + 1}
      aria-selected={selected}
      tabIndex={selected ? 0 : -1}
      onClick={() => onSelect(node)}
    >
      <title>{`${node.title} ${node.subject}`}</title>
      <rect className={styles.box} width={WIDTH} height={HEIGHT} rx={5} />
      <text className={styles.title} x={10} y={19}>
        {cut(node.title, 26)}
      </text>
      <text className={styles.subject} x={10} y={35}>
        {cut(node.subject, 30)}
      </text>
      <text className={styles.figure} x={10} y={50}>
        {selfMs === null ? costWords(node) : `${formatMs(selfMs)} ms, ${rowsOutWords(node)}`}
      </text>
      {isMuchOff(estimate) && (
        <text className={styles.warning} x={WIDTH - 10} y={50} textAnchor="end">
          {estimateWords(estimate).replace(" too", "")}
        </text>
      )}
      <rect className={styles.track} x={10} y={HEIGHT - 7} width={inner} height={3} rx={1} />
      <rect className={styles[heatOf(share)]} x={10} y={HEIGHT - 7} width={inner * share} height={3} rx={1} />
    </g>
  );
}

interface Layout {
  readonly nodes: readonly HierarchyPointNode<PlanNode>[];
  readonly links: readonly HierarchyPointLink<PlanNode>[];
  readonly width: number;
  readonly height: number;
}

/** Several plans stand side by side. */
function layoutOf(plan: Plan): Layout {
  const place = tree<PlanNode>().nodeSize([WIDTH + GAP_X, HEIGHT + GAP_Y]);
  const nodes: HierarchyPointNode<PlanNode>[] = [];
  const links: HierarchyPointLink<PlanNode>[] = [];
  let left = MARGIN;
  let height = 0;
  for (const root of plan.roots) {
    const placed = place(hierarchy(root, ({ children }) => children.slice()));
    const all = placed.descendants();
    const shift = left - Math.min(...all.map(({ x }) => x));
    for (const node of all) {
      node.x += shift;
      node.y += MARGIN;
    }
    left = Math.max(...all.map(({ x }) => x)) + WIDTH + GAP_X;
    height = Math.max(height, ...all.map(({ y }) => y + HEIGHT + MARGIN));
    nodes.push(...all);
    links.push(...placed.links());
  }
  return { nodes, links, width: left, height };
}

function curve({ x: fromX, y: fromY }: Point, { x: toX, y: toY }: Point): string {
  const [x1, y1, x2, y2] = [fromX + WIDTH / 2, fromY + HEIGHT, toX + WIDTH / 2, toY];
  const middle = (y1 + y2) / 2;
  return `M${x1},${y1} C${x1},${middle} ${x2},${middle} ${x2},${y2}`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function rowsOut({ actual, estimatedRows }: PlanNode): number {
  return actual ? actual.rows * actual.loops : (estimatedRows ?? 0);
}

function rowsOutWords(node: PlanNode): string {
  const rows = rowsOut(node);
  return rows === 1 ? "1 row" : `${formatRows(rows)} rows`;
}

function costWords({ totalCost, actual }: PlanNode): string {
  if (actual?.loops === 0) return "never executed";
  return totalCost === null ? "" : `cost ${formatRows(Math.round(totalCost))}`;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Up to the parent, down to the first input, left and right among the inputs of one node. */
function neighbour(plan: Plan, from: PlanNode | null, key: string): PlanNode | undefined {
  if (!from) return undefined;
  const parent = plan.nodes.find(({ children }) => children.some(({ id }) => id === from.id));
  const siblings = parent?.children ?? plan.roots;
  const at = siblings.findIndex(({ id }) => id === from.id);
  const found = {
    ArrowUp: parent,
    ArrowDown: from.children[0],
    ArrowLeft: siblings[at - 1],
    ArrowRight: siblings[at + 1],
  }[key];
  return found && plan.nodes[found.id];
}

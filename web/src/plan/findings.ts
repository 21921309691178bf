import { formatCount } from "~/ui/format";
import { figuresOfNode, MUCH_OFF_FACTOR, type PlanFigures } from "./figures";
import { isFacts, numberOf, textOf, type Plan, type PlanNode } from "./planNode";

/** Something in a plan that is worth a look. */
export interface Finding {
  readonly node: PlanNode | null;
  readonly title: string;
  /** What it means, and what to try. */
  readonly text: string;
  /** SQL to try, where there is a plain answer. */
  readonly sql?: string;
}

const MANY_ROWS = 1000;
const MOSTLY = 0.9;
/** Parts of the time below which nothing is said of a node. */
const NOTICEABLE = 0.05;
const JIT_SHARE = 0.25;
const MAX_FINDINGS = 12;

/** The most important first. */
export function findingsOf(plan: Plan, figures: PlanFigures): readonly Finding[] {
  const ofNodes = plan.nodes
    .map((node) => ({ weight: figuresOfNode(figures, node).share, found: lookAt(node, figures) }))
    .sort((a, b) => b.weight - a.weight)
    .flatMap(({ found }) => found);
  return [...ofNodes, ...lookAtWhole(plan, figures)].slice(0, MAX_FINDINGS);
}

function lookAt(node: PlanNode, figures: PlanFigures): Finding[] {
  const found = [estimate(node, figures), thrownAway(node, figures), spilledSort(node), batches(node)];
  return [...found, heapFetches(node), lossyBlocks(node), workers(node)].filter(
    (finding) => finding !== null,
  );
}

function estimate(node: PlanNode, figures: PlanFigures): Finding | null {
  const off = figuresOfNode(figures, node).estimate;
  if (!off || off.factor <= MUCH_OFF_FACTOR || !node.actual || node.relation === null) return null;
  if (Math.max(node.actual.rows * node.actual.loops, node.estimatedRows ?? 0) < MANY_ROWS) return null;
  const factor = formatCount(Math.round(off.factor));
  return {
    node,
    title: off.tooLow
      ? `${factor} times more rows than estimated`
      : `${factor} times fewer rows than estimated`,
    text: `What the planner knows of ${node.relation} may be old, or its columns depend on each other (CREATE STATISTICS).`,
    sql: `analyze ${node.relation};`,
  };
}

function thrownAway(node: PlanNode, figures: PlanFigures): Finding | null {
  const removed = numberOf(node.facts, "Rows Removed by Filter") ?? 0;
  if (!node.actual || !node.title.includes("Scan") || figuresOfNode(figures, node).share < NOTICEABLE)
    return null;
  const read = removed + node.actual.rows;
  if (removed * node.actual.loops < MANY_ROWS || removed / read < MOSTLY) return null;
  return {
    node,
    title: `The filter throws away ${percent(removed / read)} of what is read`,
    text: `An index that fits the filter would find the rows without reading ${formatCount(Math.round(read * node.actual.loops))}. A function around a column hides it from its index.`,
  };
}

function spilledSort(node: PlanNode): Finding | null {
  if (textOf(node.facts, "Sort Space Type") !== "Disk") return null;
  const used = numberOf(node.facts, "Sort Space Used");
  return {
    node,
    title: `The sort went to disk${used === null ? "" : `: ${kilobytes(used)}`}`,
    text: "It did not fit into work_mem. More of it for this session, fewer columns, or an index in this order would help.",
  };
}

function batches(node: PlanNode): Finding | null {
  const count = numberOf(node.facts, "Hash Batches") ?? numberOf(node.facts, "HashAgg Batches");
  if (count === null || count < 2) return null;
  return {
    node,
    title: `The hash went to disk in ${formatCount(count)} batches`,
    text: "It did not fit into work_mem times hash_mem_multiplier.",
  };
}

function heapFetches(node: PlanNode): Finding | null {
  const fetches = numberOf(node.facts, "Heap Fetches") ?? 0;
  if (fetches < MANY_ROWS || node.relation === null) return null;
  return {
    node,
    title: `The index-only scan visited the table ${formatCount(fetches)} times`,
    text: "Its visibility map is not up to date. VACUUM brings it there.",
    sql: `vacuum ${node.relation};`,
  };
}

function lossyBlocks(node: PlanNode): Finding | null {
  const lossy = numberOf(node.facts, "Lossy Heap Blocks") ?? 0;
  if (lossy === 0) return null;
  return {
    node,
    title: `The bitmap kept whole pages: ${formatCount(lossy)} lossy blocks`,
    text: "It did not fit into work_mem, so that rows were checked again.",
  };
}

function workers(node: PlanNode): Finding | null {
  const planned = numberOf(node.facts, "Workers Planned");
  const launched = numberOf(node.facts, "Workers Launched");
  if (planned === null || launched === null || launched >= planned) return null;
  return {
    node,
    title: `${formatCount(launched)} of ${formatCount(planned)} workers were launched`,
    text: "Others had them: see max_parallel_workers and max_worker_processes.",
  };
}

function lookAtWhole(plan: Plan, figures: PlanFigures): Finding[] {
  const jit = plan.facts["JIT"];
  const timing = isFacts(jit) && isFacts(jit["Timing"]) ? jit["Timing"]["Total"] : null;
  const ms = isFacts(timing) ? numberOf(timing, "Total") : typeof timing === "number" ? timing : null;
  if (ms === null || figures.totalMs === null || ms < JIT_SHARE * figures.totalMs) return [];
  return [
    {
      node: null,
      title: `Compiling took ${percent(ms / figures.totalMs)} of the time`,
      text: "JIT pays only for long statements. Try it without, or raise jit_above_cost.",
      sql: "set jit = off;",
    },
  ];
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

export function kilobytes(size: number): string {
  if (size < 1024) return `${formatCount(size)} kB`;
  const mega = size / 1024;
  return mega < 1024 ? `${mega.toFixed(mega < 10 ? 1 : 0)} MB` : `${(mega / 1024).toFixed(1)} GB`;
}

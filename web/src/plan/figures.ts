import { numberOf, textOf, type Plan, type PlanNode } from "./planNode";

/** What is worked out for a node from its own facts and those of its children. */
export interface NodeFigures {
  /** Milliseconds spent in the node and below; null where that was not measured. */
  readonly totalMs: number | null;
  /** Milliseconds spent in the node itself. */
  readonly selfMs: number | null;
  /** Part of the whole plan's time, 0 to 1. */
  readonly share: number;
  /** How far the estimated rows are off; null where nothing can be compared. */
  readonly estimate: Estimate | null;
  /** Blocks that the node itself found in the cache or read. */
  readonly blocks: number | null;
}

/** Estimates further off than this mislead the planner. */
export const MUCH_OFF_FACTOR = 10;

export interface Estimate {
  readonly factor: number;
  readonly tooLow: boolean;
}

/** What is worked out for a table. */
export interface TableFigures {
  readonly name: string;
  readonly selfMs: number | null;
  readonly share: number;
  readonly rowsRead: number | null;
  readonly way: string;
  readonly scans: number | null;
  readonly blocks: number | null;
}

export interface PlanFigures {
  /** In the order of the plan's nodes. */
  readonly nodes: readonly NodeFigures[];
  /** The slowest first. */
  readonly tables: readonly TableFigures[];
  /** The time of all nodes that read no table. */
  readonly otherMs: number | null;
  /** The root's milliseconds; null where the statement was not run or not timed. */
  readonly totalMs: number | null;
}

const NO_FIGURES: NodeFigures = { totalMs: null, selfMs: null, share: 0, estimate: null, blocks: null };

export function figuresOf(plan: Plan): PlanFigures {
  const totals = plan.nodes.map(totalMs);
  const roots = plan.roots.map(({ id }) => totals[id] ?? null);
  const whole = roots.every((ms) => ms === null)
    ? null
    : roots.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  const nodes = plan.nodes.map((node): NodeFigures => {
    const self = selfMs(node, plan, totals);
    return {
      totalMs: totals[node.id] ?? null,
      selfMs: self,
      share: self !== null && whole !== null && whole > 0 ? self / whole : 0,
      estimate: estimateOf(node),
      blocks: ownBlocks(node),
    };
  });
  const tables = tablesOf(plan, nodes);
  return { nodes, tables, otherMs: otherMs(plan, nodes), totalMs: whole };
}

/** The figures of a node. */
export function figuresOfNode(figures: PlanFigures, node: PlanNode): NodeFigures {
  return figures.nodes[node.id] ?? NO_FIGURES;
}

/** PostgreSQL gives the mean of a loop; what a person waits for is all loops, shared among the processes. */
function totalMs({ actual, processes }: PlanNode): number | null {
  if (!actual || actual.totalMs === null) return null;
  return (actual.totalMs * actual.loops) / processes;
}

function selfMs(node: PlanNode, plan: Plan, totals: readonly (number | null)[]): number | null {
  const total = totals[node.id] ?? null;
  if (total === null) return null;
  const inputs = node.children.filter((child) => !isCte(child));
  const below = [...inputs, ...producerOf(node, plan)].reduce((sum, { id }) => sum + (totals[id] ?? 0), 0);
  return Math.max(0, total - below);
}

/** The time of a CTE is spent where it is read first, not where it stands in the plan. */
function producerOf(node: PlanNode, plan: Plan): readonly PlanNode[] {
  const name = node.title.endsWith("CTE Scan") ? textOf(node.facts, "CTE Name") : null;
  if (name === null) return [];
  const first = plan.nodes.find(
    (other) => textOf(other.facts, "CTE Name") === name && other.title.endsWith("CTE Scan"),
  );
  if (first?.id !== node.id) return [];
  return plan.nodes.filter((other) => other.label === `CTE ${name}`).slice(0, 1);
}

function isCte({ label }: PlanNode): boolean {
  return label?.startsWith("CTE ") ?? false;
}

function estimateOf({ actual, estimatedRows }: PlanNode): Estimate | null {
  if (!actual || actual.loops === 0 || estimatedRows === null) return null;
  // Less than a row cannot be estimated, so that it counts as one on both sides.
  const real = Math.max(actual.rows, 1);
  const planned = Math.max(estimatedRows, 1);
  return real >= planned
    ? { factor: real / planned, tooLow: true }
    : { factor: planned / real, tooLow: false };
}

const BLOCK_FACTS = [
  "Shared Hit Blocks",
  "Shared Read Blocks",
  "Local Hit Blocks",
  "Local Read Blocks",
] as const;

/** Blocks that a node and those below it touched; null where BUFFERS was off. */
export function blocksOf(node: PlanNode): number | null {
  const counts = BLOCK_FACTS.map((name) => numberOf(node.facts, name));
  return counts.every((count) => count === null)
    ? null
    : counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

function ownBlocks(node: PlanNode): number | null {
  const all = blocksOf(node);
  if (all === null) return null;
  return Math.max(0, all - node.children.reduce((sum, child) => sum + (blocksOf(child) ?? 0), 0));
}

/** The table that a node reads; a bitmap index scan belongs to the heap scan above it. */
function readsTable(node: PlanNode): boolean {
  return textOf(node.facts, "Relation Name") !== null && node.title.includes("Scan");
}

function tablesOf(plan: Plan, figures: readonly NodeFigures[]): TableFigures[] {
  const tables = new Map<string, TableFigures>();
  for (const node of plan.nodes) {
    if (!readsTable(node) || node.relation === null) continue;
    const own = withIndexScans(node, figures);
    const before = tables.get(node.relation);
    tables.set(node.relation, {
      name: node.relation,
      selfMs: plus(before?.selfMs ?? null, own.selfMs),
      share: (before?.share ?? 0) + own.share,
      rowsRead: plus(before?.rowsRead ?? null, rowsRead(node)),
      way: before && before.way !== wayOf(node) ? "several" : wayOf(node),
      scans: plus(before?.scans ?? null, node.actual?.loops ?? null),
      blocks: plus(before?.blocks ?? null, own.blocks),
    });
  }
  return [...tables.values()].sort((a, b) => (b.selfMs ?? 0) - (a.selfMs ?? 0));
}

function withIndexScans(node: PlanNode, figures: readonly NodeFigures[]): NodeFigures {
  let own = figures[node.id] ?? NO_FIGURES;
  if (!node.title.includes("Bitmap Heap Scan")) return own;
  for (const below of descendants(node)) {
    const figure = figures[below.id] ?? NO_FIGURES;
    own = {
      ...own,
      selfMs: plus(own.selfMs, figure.selfMs),
      share: own.share + figure.share,
      blocks: plus(own.blocks, figure.blocks),
    };
  }
  return own;
}

function* descendants(node: PlanNode): Generator<PlanNode> {
  for (const child of node.children) {
    yield child;
    yield* descendants(child);
  }
}

function otherMs(plan: Plan, figures: readonly NodeFigures[]): number | null {
  const inTables = new Set<number>();
  for (const node of plan.nodes) {
    if (!readsTable(node)) continue;
    inTables.add(node.id);
    if (node.title.includes("Bitmap Heap Scan")) for (const { id } of descendants(node)) inTables.add(id);
  }
  return figures.reduce<number | null>(
    (sum, { selfMs: ms }, id) => (inTables.has(id) ? sum : plus(sum, ms)),
    null,
  );
}

/** Rows that were looked at, those thrown away included. */
function rowsRead({ actual, facts }: PlanNode): number | null {
  if (!actual) return null;
  const dropped =
    (numberOf(facts, "Rows Removed by Filter") ?? 0) +
    (numberOf(facts, "Rows Removed by Index Recheck") ?? 0);
  return (actual.rows + dropped) * actual.loops;
}

function wayOf({ title }: PlanNode): string {
  if (title.includes("Bitmap")) return "bitmap";
  if (title.includes("Index Only")) return "index only";
  if (title.includes("Index")) return "index";
  if (title.includes("Seq Scan")) return "whole table";
  if (title.includes("Sample")) return "sample";
  return title.replace(/ ?Scan$/, "").toLowerCase();
}

function plus(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : a + b;
}

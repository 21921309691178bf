/** What EXPLAIN tells of a node, under the names of its JSON format. Text plans are read into the same shape. */
export type Facts = Readonly<Record<string, unknown>>;

/** What a node did. Times and rows are those of one loop, as PostgreSQL gives them. */
export interface Actual {
  /** Milliseconds until the last row; null with TIMING off. */
  readonly totalMs: number | null;
  readonly rows: number;
  /** 0: never executed. */
  readonly loops: number;
}

/** A node of a plan. */
export interface PlanNode {
  /** Its place in the plan, from the top. */
  readonly id: number;
  readonly depth: number;
  /** Its kind in the words of text plans, such as `Hash Left Join`. */
  readonly title: string;
  /** What tells it from others of its kind, such as `orders o` or a join condition. */
  readonly subject: string;
  /** What it is to its parent when it is not simply its input, such as `InitPlan 1` or `CTE late`. */
  readonly label: string | null;
  /** The table, function or the like that it reads. */
  readonly relation: string | null;
  /** Null where COSTS was off. */
  readonly estimatedRows: number | null;
  readonly totalCost: number | null;
  /** Null where the statement was not run. */
  readonly actual: Actual | null;
  /** By how many processes its loops were shared. */
  readonly processes: number;
  readonly facts: Facts;
  readonly children: readonly PlanNode[];
}

/** A plan, or several where a rule turned one statement into more. */
export interface Plan {
  readonly roots: readonly PlanNode[];
  /** All nodes in the order of a text plan. */
  readonly nodes: readonly PlanNode[];
  /** What stands beside the plan: planning and execution time, settings, triggers, JIT. */
  readonly facts: Facts;
}

/** A number among the facts. */
export function numberOf(facts: Facts, name: string): number | null {
  const value = facts[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A text among the facts. */
export function textOf(facts: Facts, name: string): string | null {
  const value = facts[name];
  return typeof value === "string" ? value : null;
}

/** A list of texts among the facts; a single text counts as a list of one. */
export function listOf(facts: Facts, name: string): readonly string[] {
  const value = facts[name];
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

export function isFacts(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

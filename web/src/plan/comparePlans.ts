import { figuresOf, figuresOfNode } from "./figures";
import type { Plan, PlanNode } from "./planNode";

/** A node as one of two plans has it. */
export interface ComparedNode {
  readonly node: PlanNode;
  /** Milliseconds in the node itself; null where that was not measured. */
  readonly selfMs: number | null;
}

/** A line of the comparison: the same node in both plans, or one that only one of them has. */
export interface ComparedLine {
  readonly left: ComparedNode | null;
  readonly right: ComparedNode | null;
}

/** Larger plans are not laid side by side: the work grows with the product of their nodes. */
export const MAX_COMPARED_NODES = 1500;

/**
 * Two plans side by side: nodes of the same kind and subject are paired in the order of the plans, as many as can be.
 * Null where they are too large.
 */
export function comparePlans(left: Plan, right: Plan): readonly ComparedLine[] | null {
  if (left.nodes.length > MAX_COMPARED_NODES || right.nodes.length > MAX_COMPARED_NODES) return null;
  const [lefts, rights] = [comparedOf(left), comparedOf(right)];
  const [a, b] = [lefts.map(keyOf), rights.map(keyOf)];
  const longest = commonLengths(a, b);
  const lines: ComparedLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [one, other] = [lefts[i], rights[j]];
    if (one && other && a[i] === b[j]) {
      lines.push({ left: one, right: other });
      i += 1;
      j += 1;
    } else if (one && (!other || at(longest, i + 1, j) >= at(longest, i, j + 1))) {
      lines.push({ left: one, right: null });
      i += 1;
    } else if (other) {
      lines.push({ left: null, right: other });
      j += 1;
    }
  }
  return lines;
}

function comparedOf(plan: Plan): readonly ComparedNode[] {
  const figures = figuresOf(plan);
  return plan.nodes.map((node) => ({ node, selfMs: figuresOfNode(figures, node).selfMs }));
}

function keyOf({ node }: ComparedNode): string {
  return `${node.title}\n${node.subject}`;
}

/** For each pair of places, how many pairs can follow: the longest common subsequence from there on. */
function commonLengths(a: readonly string[], b: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (!row) continue;
      row[j] =
        a[i] === b[j]
          ? at(lengths, i + 1, j + 1) + 1
          : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly Uint16Array[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

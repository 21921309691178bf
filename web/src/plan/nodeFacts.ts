import { formatBytes, formatCount } from "~/ui/format";
import { kilobytes, percent } from "./findings";
import { numberOf, textOf, type Facts, type PlanNode } from "./planNode";
import { BLOCK_BYTES } from "./words";

/** A fact as it is shown. */
export interface ShownFact {
  readonly name: string;
  readonly value: string;
  /** An expression, in the hand of code. */
  readonly code: boolean;
}

/** Facts that are shown elsewhere, or together with others. */
const TOLD = new Set([
  ...["Node Type", "Parallel Aware", "Async Capable", "Partial Mode", "Strategy", "Operation", "Join Type"],
  ...[
    "Relation Name",
    "Schema",
    "Alias",
    "Function Name",
    "CTE Name",
    "Subquery",
    "Scan Direction",
    "Command",
  ],
  ...["Parent Relationship", "Subplan Name", "Plans", "Workers", "Plan Rows", "Plan Width", "Startup Cost"],
  ...["Total Cost", "Actual Rows", "Actual Loops", "Actual Startup Time", "Actual Total Time", "Disabled"],
  ...["Rows Removed by Filter", "Sort Method", "Sort Space Used", "Sort Space Type", "Original Hash Batches"],
  ...["Original Hash Buckets", "Peak Memory Usage"],
]);
const EXPRESSION = /Cond$|Filter$|Key$|^Output$|^Cache Key$|^Function Call$/;
const BLOCKS = /^(Shared|Local|Temp) (Hit|Read|Dirtied|Written) Blocks$/;
const VERBS: Readonly<Record<string, string>> = {
  Hit: "cached",
  Read: "read",
  Dirtied: "dirtied",
  Written: "written",
};

/** What a node's facts say beyond time and rows. */
export function detailOf(node: PlanNode): readonly ShownFact[] {
  return [...sortOf(node.facts), ...othersOf(node.facts), ...removedOf(node), ...buffersOf(node.facts)];
}

function othersOf(facts: Facts): ShownFact[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    if (TOLD.has(name) || BLOCKS.test(name) || value === false || value === 0) return [];
    const shown = wordsOf(name, value);
    return shown === null ? [] : [{ name, value: shown, code: EXPRESSION.test(name) }];
  });
}

function wordsOf(name: string, value: unknown): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number") return name.endsWith("Time") ? `${value} ms` : formatCount(value);
  if (value === true) return "yes";
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string")) return value.join(", ");
  return null;
}

function sortOf(facts: Facts): ShownFact[] {
  const method = textOf(facts, "Sort Method");
  const used = numberOf(facts, "Sort Space Used");
  const where = textOf(facts, "Sort Space Type");
  const memory = numberOf(facts, "Peak Memory Usage");
  return [
    ...(method === null ? [] : [plain("Sort", sortWords(method, used, where))]),
    ...(memory === null ? [] : [plain("Memory", kilobytes(memory))]),
  ];
}

function sortWords(method: string, used: number | null, where: string | null): string {
  if (used === null) return method;
  return `${method}, ${kilobytes(used)} ${where === "Disk" ? "on disk" : "in memory"}`;
}

function removedOf({ facts, actual }: PlanNode): ShownFact[] {
  const removed = numberOf(facts, "Rows Removed by Filter");
  if (removed === null || removed === 0 || !actual) return [];
  const part = percent(removed / (removed + actual.rows));
  return [plain("Thrown away", `${formatCount(removed)} rows, ${part}`)];
}

function buffersOf(facts: Facts): ShownFact[] {
  const kinds = ["Shared", "Local", "Temp"] as const;
  return kinds.flatMap((kind) => {
    const counts = Object.entries(VERBS).flatMap(([verb, word]) => {
      const count = numberOf(facts, `${kind} ${verb} Blocks`) ?? 0;
      return count === 0 ? [] : [`${formatCount(count)} ${word} (${formatBytes(count * BLOCK_BYTES)})`];
    });
    const name = kind === "Shared" ? "Buffers" : `${kind} buffers`;
    return counts.length === 0 ? [] : [plain(name, counts.join(", "))];
  });
}

function plain(name: string, value: string): ShownFact {
  return { name, value, code: false };
}

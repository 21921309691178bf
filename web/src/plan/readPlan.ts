import { isFacts, listOf, numberOf, textOf, type Facts, type Plan, type PlanNode } from "./planNode";
import { parseXmlPlan, parseYamlPlan } from "./markupPlan";
import { parseTextPlan, withoutFrames } from "./textPlan";
import { titleOf } from "./title";

/** Larger texts are not looked at: a plan of this size helps nobody. */
const MAX_PLAN_CHARS = 4_000_000;

/** Reads a plan in whichever of EXPLAIN's formats; null when the text is none. */
export function readPlan(text: string): Plan | null {
  if (text.length > MAX_PLAN_CHARS) return null;
  const start = text.trimStart();
  if (start.startsWith("[") || start.startsWith("{")) return readJson(text) ?? readFramed(text);
  return readFramed(text) ?? planOf(parseTextPlan(text));
}

/** A plan in JSON, XML or YAML with what psql, a table viewer or a log has around it. */
function readFramed(text: string): Plan | null {
  const bare = withoutFrames(text);
  const xml = between(bare, "<explain", "</explain>");
  if (xml !== null) return planOf(parseXmlPlan(xml));
  if (/^ *- Plan: *$/m.test(bare)) return planOf(parseYamlPlan(bare.slice(bare.search(/^ *- Plan:/m))));
  if (!bare.includes('"Node Type"')) return null;
  const json = between(bare, /[[{]\s*(?=["{])/, "]") ?? "";
  return readJson(json) ?? readJson(between(bare, /\{\s*(?=")/, "}") ?? "");
}

/** From the first of one to the last of the other. */
function between(text: string, first: string | RegExp, last: string): string | null {
  const from = text.search(first);
  const to = text.lastIndexOf(last);
  return from < 0 || to < from ? null : text.slice(from, to + last.length);
}

function readJson(text: string): Plan | null {
  try {
    const read: unknown = JSON.parse(text);
    return planOf((Array.isArray(read) ? read : [read]).filter(isFacts));
  } catch {
    return null;
  }
}

/** Makes a plan of the documents that EXPLAIN brought: one for each statement. */
function planOf(documents: readonly Facts[]): Plan | null {
  const nodes: PlanNode[] = [];
  const roots = documents.flatMap((document) =>
    isFacts(document["Plan"]) ? [nodeOf(document["Plan"], { depth: 0, processes: 1, nodes })] : [],
  );
  const facts = documents[0];
  return roots.length === 0 || !facts ? null : { roots, nodes, facts };
}

interface Place {
  readonly depth: number;
  readonly processes: number;
  /** Gathers all nodes, this one before its children. */
  readonly nodes: PlanNode[];
}

function nodeOf(facts: Facts, { depth, processes, nodes }: Place): PlanNode {
  const id = nodes.length;
  const relation = relationOf(facts);
  const node = {
    id,
    depth,
    title: titleOf(facts),
    subject: subjectOf(facts, relation),
    label: textOf(facts, "Subplan Name"),
    relation,
    estimatedRows: numberOf(facts, "Plan Rows"),
    totalCost: numberOf(facts, "Total Cost"),
    actual: actualOf(facts),
    processes,
    facts,
  };
  nodes.push({ ...node, children: [] });
  const below = { depth: depth + 1, processes: processes * processesOf(facts), nodes };
  const plans = facts["Plans"];
  const children = Array.isArray(plans) ? plans.filter(isFacts).map((plan) => nodeOf(plan, below)) : [];
  const whole = { ...node, children };
  nodes[id] = whole;
  return whole;
}

function actualOf(facts: Facts): PlanNode["actual"] {
  const loops = numberOf(facts, "Actual Loops");
  if (loops === null) return null;
  return { totalMs: numberOf(facts, "Actual Total Time"), rows: numberOf(facts, "Actual Rows") ?? 0, loops };
}

/** Below a Gather the loops of all processes are counted together: the workers and the leader. */
function processesOf(facts: Facts): number {
  const launched = numberOf(facts, "Workers Launched");
  return launched === null ? 1 : launched + 1;
}

function relationOf(facts: Facts): string | null {
  const name =
    textOf(facts, "Relation Name") ??
    textOf(facts, "Function Name") ??
    textOf(facts, "Table Function Name") ??
    textOf(facts, "CTE Name") ??
    textOf(facts, "Tuplestore Name");
  if (name === null) return null;
  const schema = textOf(facts, "Schema");
  return schema === null ? name : `${schema}.${name}`;
}

const CONDITIONS = ["Hash Cond", "Merge Cond", "Join Filter", "Index Cond", "Recheck Cond"] as const;

function subjectOf(facts: Facts, relation: string | null): string {
  const alias = textOf(facts, "Alias");
  if (relation !== null || alias !== null) {
    const bare = relation?.split(".").at(-1);
    return [relation, alias === bare ? null : alias].filter((part) => part !== null).join(" ");
  }
  const index = textOf(facts, "Index Name");
  if (index !== null) return index;
  const sort = listOf(facts, "Sort Key");
  if (sort.length > 0) return sort.join(", ");
  const group = listOf(facts, "Group Key");
  if (group.length > 0) return group.join(", ");
  const condition = CONDITIONS.map((name) => textOf(facts, name)).find((text) => text !== null);
  return condition ? withoutParentheses(condition) : "";
}

function withoutParentheses(text: string): string {
  const inner = /^\(([^()]*)\)$/.exec(text)?.[1];
  return inner ?? text;
}

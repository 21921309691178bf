import type { Facts } from "./planNode";

interface OpenNode {
  readonly facts: Record<string, unknown>;
  /** The column in which its title begins. */
  readonly indent: number;
  readonly children: Record<string, unknown>[];
}

const NUMBER = String.raw`\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const COST = String.raw`\(cost=(${NUMBER})\.\.(${NUMBER}) rows=(${NUMBER}) width=(\d+)\)`;
const ACTUAL = String.raw`\((?:actual (?:time=(${NUMBER})\.\.(${NUMBER}) )?rows=(${NUMBER}) loops=(${NUMBER})|(never executed))\)`;
const NODE = new RegExp(String.raw`^( *)(-> +)?(\S.*?) +(?:${COST})?(?: *${ACTUAL})?$`);
const LABEL = /^ *((?:InitPlan|SubPlan|CTE) \S+.*)$/;
const WORKER = /^ *Worker \d+: /;
const PROPERTY = /^ *([A-Z][A-Za-z0-9/ -]*?): +(.*)$/;
const AFTER_PLAN =
  /^(Planning Time|Planning time|Execution Time|Total runtime|Planning|JIT|Settings|Trigger .*|Query Identifier|Serialization)\b/;
/** What psql draws around a result. */
const FRAME = /^\s*(?:QUERY PLAN|-{3,}|[┌└├].*|\(\d+ rows?\))\s*$/;

const COSTS = /\(cost=|\(actual |\(never executed\)/;

/** Reads plans in EXPLAIN's text format into the shape of its JSON format; an empty list when there is none. */
export function parseTextPlan(text: string): Facts[] {
  const reader = new Reader(!COSTS.test(text) && /^[ |│]*-> +[A-Z]/m.test(text));
  for (const bare of bareLines(text)) if (bare !== "") reader.take(bare);
  return reader.documents;
}

/** A text of many lines in one value, without what a table or a log draws around it. */
export function withoutFrames(text: string): string {
  // psql has a blank before each line, but a sign only behind those that go on.
  const framed = /^ .*\+ *$/m.test(text);
  return bareLines(framed ? text.replace(/^ (?!.*\+ *$)/gm, "") : text).join("\n");
}

function bareLines(text: string): string[] {
  return text.split("\n").map(unframed);
}

/** A line without what a table or a log draws around it. */
function unframed(line: string): string {
  if (FRAME.test(line)) return "";
  return line
    .replace(/^[|│]? ?(?=.*[|│+] *$)|\r$/, "")
    .replace(/\s*[|│+]\s*$/, "")
    .replace(/^"(.*)"$/, "$1")
    .replaceAll("\t", "    ")
    .trimEnd();
}

class Reader {
  readonly documents: Record<string, unknown>[] = [];
  #open: OpenNode[] = [];
  #label: string | null = null;
  #behindPlan = false;
  /** The column of a `Worker 0:` line: what stands deeper is that worker's alone. */
  #worker: number | null = null;
  /** COSTS is off: the first line and arrows alone tell nodes. */
  readonly #plain: boolean;

  constructor(plain: boolean) {
    this.#plain = plain;
  }

  take(line: string): void {
    if (this.documents.length > 0 && AFTER_PLAN.test(line.trimStart()) && !line.includes("->")) {
      if (line.length - line.trimStart().length <= (this.#open[0]?.indent ?? 0)) this.#behindPlan = true;
    }
    const node = NODE.exec(this.#plain ? `${line} ` : line);
    if (node && this.#tellsNode(node)) return this.#node(node);
    if (this.documents.length === 0) return;
    if (this.#behindPlan) return this.#documentProperty(line);
    const label = LABEL.exec(line)?.[1];
    if (label !== undefined) {
      this.#label = label.replace(/ \(returns .*\)$/, "");
      return;
    }
    this.#property(line);
  }

  #tellsNode(match: RegExpExecArray): boolean {
    if (this.#plain) return match[2] !== undefined || this.documents.length === 0;
    return match[4] !== undefined || match[10] !== undefined || match[12] !== undefined;
  }

  #node(match: RegExpExecArray): void {
    const [, spaces = "", arrow = "", title = ""] = match;
    const indent = spaces.length + arrow.length;
    while (this.#open.length > 0 && (this.#open.at(-1)?.indent ?? 0) >= indent) this.#open.pop();
    const facts: Record<string, unknown> = { ...titleFacts(title), ...costFacts(match) };
    if (this.#label !== null) facts["Subplan Name"] = this.#label;
    this.#label = null;
    this.#worker = null;
    const children: Record<string, unknown>[] = [];
    const parent = this.#open.at(-1);
    if (parent) {
      parent.children.push(facts);
      parent.facts["Plans"] = parent.children;
    } else {
      this.documents.push({ Plan: facts });
      this.#behindPlan = false;
    }
    this.#open.push({ facts, indent, children });
  }

  #property(line: string): void {
    const indent = line.length - line.trimStart().length;
    if (this.#worker !== null && indent > this.#worker) return;
    this.#worker = WORKER.test(line) ? indent : null;
    if (this.#worker !== null) return;
    const property = PROPERTY.exec(line);
    if (!property) return;
    const owner = this.#open.findLast((node) => node.indent <= indent) ?? this.#open.at(-1);
    if (owner) putProperty(owner.facts, property[1] ?? "", property[2] ?? "");
  }

  #documentProperty(line: string): void {
    const document = this.documents.at(-1);
    const property = PROPERTY.exec(line);
    if (!document || !property) return;
    const [, name = "", value = ""] = property;
    const time = /^(\d+(?:\.\d+)?) ms$/.exec(value)?.[1];
    if (name === "Buffers") return;
    document[name === "Total runtime" ? "Execution Time" : name.replace("time", "Time")] =
      time === undefined ? value : Number(time);
  }
}

function costFacts(match: RegExpExecArray): Facts {
  const facts: Record<string, unknown> = {};
  if (match[4] !== undefined) {
    facts["Startup Cost"] = Number(match[4]);
    facts["Total Cost"] = Number(match[5]);
    facts["Plan Rows"] = Number(match[6]);
    facts["Plan Width"] = Number(match[7]);
  }
  if (match[12] !== undefined) facts["Actual Loops"] = 0;
  if (match[10] !== undefined) {
    if (match[9] !== undefined) facts["Actual Total Time"] = Number(match[9]);
    facts["Actual Rows"] = Number(match[10]);
    facts["Actual Loops"] = Number(match[11]);
  }
  return facts;
}

const SCAN =
  /^(.+?)(?: using (\S+|".*?"))? on ((?:"[^"]*"|[^\s".])+(?:\.(?:"[^"]*"|[^\s"])+)?)(?: (\S+|".*"))?$/;

/** `Index Scan using orders_pkey on shop.orders o` holds four facts. */
function titleFacts(title: string): Facts {
  const [, kind, index, target, alias] = SCAN.exec(title) ?? [];
  if (kind === undefined || target === undefined) return { "Node Type": title };
  if (kind === "Bitmap Index Scan") return { "Node Type": kind, "Index Name": target };
  const dot = target.indexOf(".");
  const facts: Record<string, unknown> = {
    "Node Type": kind,
    [targetField(kind)]: dot < 0 ? target : target.slice(dot + 1),
    Alias: alias ?? (dot < 0 ? target : target.slice(dot + 1)),
  };
  if (dot >= 0) facts["Schema"] = target.slice(0, dot);
  if (index !== undefined) facts["Index Name"] = index;
  return facts;
}

function targetField(kind: string): string {
  if (kind.includes("Function Scan")) return "Function Name";
  if (kind.includes("CTE Scan") || kind.includes("WorkTable")) return "CTE Name";
  return kind.includes("Subquery Scan") || kind.includes("Values Scan") ? "Subquery" : "Relation Name";
}

const BLOCKS = /(shared|local|temp) ((?:(?:hit|read|dirtied|written)=\d+ ?)+)/g;

function putProperty(facts: Record<string, unknown>, name: string, value: string): void {
  switch (name) {
    case "Buffers":
      for (const [, kind = "", counts = ""] of value.matchAll(BLOCKS)) {
        for (const [, verb = "", count = ""] of counts.matchAll(/(\w+)=(\d+)/g)) {
          facts[`${capital(kind)} ${capital(verb)} Blocks`] = Number(count);
        }
      }
      return;
    case "Sort Method": {
      const [, method, type, size] = /^(.*?) +(Memory|Disk): (\d+)kB$/.exec(value) ?? [];
      facts[name] = method ?? value;
      if (type !== undefined) facts["Sort Space Type"] = type;
      if (size !== undefined) facts["Sort Space Used"] = Number(size);
      return;
    }
    case "Sort Key":
    case "Group Key":
    case "Presorted Key":
      facts[name] = splitKeys(value);
      return;
    case "Buckets":
      for (const [, key = "", count = ""] of `Buckets: ${value}`.matchAll(/([A-Z][\w ]*?): (\d+)/g)) {
        facts[
          { Buckets: "Hash Buckets", Batches: "Hash Batches", "Memory Usage": "Peak Memory Usage" }[key] ??
            key
        ] = Number(count);
      }
      return;
    default:
      facts[name] = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Cuts at commas outside of parentheses and quotes. */
function splitKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let start = 0;
  let quote: string | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote !== null) quote = char === quote ? null : quote;
    else if (char === "'" || char === '"') quote = char;
    else if (char === "(" || char === "[") depth += 1;
    else if (char === ")" || char === "]") depth -= 1;
    else if (char === "," && depth === 0) {
      keys.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...keys, text.slice(start).trim()];
}

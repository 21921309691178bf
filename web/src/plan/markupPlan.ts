import type { Facts } from "./planNode";

/** Reads a plan in EXPLAIN's XML format into the shape of its JSON format; an empty list when there is none. */
export function parseXmlPlan(text: string): Facts[] {
  const root = new DOMParser().parseFromString(text, "text/xml").documentElement;
  if (root.localName !== "explain") return [];
  return [...root.children].map((query) => factsOf(query));
}

function factsOf(element: Element): Facts {
  return Object.fromEntries(
    [...element.children].map((child) => [child.localName.replaceAll("-", " "), valueOf(child)]),
  );
}

function valueOf(element: Element): unknown {
  const children = [...element.children];
  const [first] = children;
  if (!first) return LISTS.has(element.localName) ? [] : scalar(element.textContent.trim());
  if (first.localName === "Item") return children.map((child) => child.textContent);
  return LISTS.has(element.localName) ? children.map((child) => factsOf(child)) : factsOf(element);
}

const LISTS = new Set(["Plans", "Workers", "Triggers", "Grouping-Sets"]);

function scalar(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

interface Line {
  readonly indent: number;
  readonly text: string;
}

/** As `parseXmlPlan` for the YAML format: of YAML, what EXPLAIN writes. */
export function parseYamlPlan(text: string): Facts[] {
  const lines = text.split("\n").flatMap((line) => {
    // What stands behind a list's dash is an entry two columns further in.
    const [, spaces = "", dash = "", rest = ""] = /^( *)((?:- )?)(.*?)\s*$/.exec(line) ?? [];
    if (rest === "") return [];
    const inner = { indent: spaces.length + dash.length, text: rest };
    return dash === "" ? [inner] : [{ indent: spaces.length, text: "-" }, inner];
  });
  const documents = new YamlReader(lines).block(0);
  return Array.isArray(documents) ? (documents as Facts[]) : [];
}

class YamlReader {
  readonly #lines: readonly Line[];
  #at = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
  }

  /** What stands from here on at `least` columns or further in. */
  block(least: number): unknown {
    const first = this.#lines[this.#at];
    if (!first || first.indent < least) return null;
    if (first.text === "-") return this.#list(first.indent);
    const entry = /^([^":]+):(?: (.*))?$/.test(first.text);
    if (entry) return this.#facts(first.indent);
    this.#at += 1;
    return yamlScalar(first.text);
  }

  #list(indent: number): unknown[] {
    const items: unknown[] = [];
    while (this.#lines[this.#at]?.indent === indent && this.#lines[this.#at]?.text === "-") {
      this.#at += 1;
      items.push(this.block(indent + 1));
    }
    return items;
  }

  #facts(indent: number): Facts {
    const facts: Record<string, unknown> = {};
    for (let line = this.#lines[this.#at]; line?.indent === indent; line = this.#lines[this.#at]) {
      const [, name, value = ""] = /^([^":]+):(?: (.*))?$/.exec(line.text) ?? [];
      if (name === undefined) break;
      this.#at += 1;
      facts[name] = value === "" ? this.block(indent + 1) : yamlScalar(value);
    }
    return facts;
  }
}

/** EXPLAIN quotes texts as JSON does. */
function yamlScalar(text: string): unknown {
  if (!text.startsWith('"')) return scalar(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

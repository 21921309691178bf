import { plural } from "~/ui/format";

/** A JSON value with the text of its scalars as it stands, so that no number is rounded and no key is dropped. */
export type JsonNode =
  | { readonly kind: "object"; readonly members: readonly (readonly [key: string, value: JsonNode])[] }
  | { readonly kind: "array"; readonly elements: readonly JsonNode[] }
  | { readonly kind: "scalar"; readonly text: string };

const TOKEN = /\s*("[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+)/gsy;
const DEEPEST = 500;

/** Null when the text is no JSON, as when only its beginning is there. */
export function parseJson(text: string): JsonNode | null {
  const tokens: string[] = [];
  const reader = new RegExp(TOKEN);
  let end = 0;
  for (let match = reader.exec(text); match; match = reader.exec(text)) {
    tokens.push(match[1] ?? "");
    end = reader.lastIndex;
  }
  if (text.slice(end).trim() !== "") return null;
  const cursor = { tokens, at: 0 };
  const node = value(cursor, 0);
  return node && cursor.at === tokens.length ? node : null;
}

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
}

function value(cursor: Cursor, depth: number): JsonNode | null {
  const token = cursor.tokens[cursor.at++];
  if (token === undefined || depth > DEEPEST) return null;
  if (token === "{") return members(cursor, depth);
  if (token === "[") return elements(cursor, depth);
  return "}],:".includes(token) ? null : { kind: "scalar", text: token };
}

function members(cursor: Cursor, depth: number): JsonNode | null {
  const found: [string, JsonNode][] = [];
  if (cursor.tokens[cursor.at] === "}") {
    cursor.at += 1;
    return { kind: "object", members: found };
  }
  for (;;) {
    const key = cursor.tokens[cursor.at++];
    if (key?.startsWith('"') !== true || cursor.tokens[cursor.at++] !== ":") return null;
    const node = value(cursor, depth + 1);
    if (!node) return null;
    found.push([unquoted(key), node]);
    const next = cursor.tokens[cursor.at++];
    if (next === "}") return { kind: "object", members: found };
    if (next !== ",") return null;
  }
}

function elements(cursor: Cursor, depth: number): JsonNode | null {
  const found: JsonNode[] = [];
  if (cursor.tokens[cursor.at] === "]") {
    cursor.at += 1;
    return { kind: "array", elements: found };
  }
  for (;;) {
    const node = value(cursor, depth + 1);
    if (!node) return null;
    found.push(node);
    const next = cursor.tokens[cursor.at++];
    if (next === "]") return { kind: "array", elements: found };
    if (next !== ",") return null;
  }
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

/** A way from the whole value to one inside it. */
export type JsonPath = readonly (string | number)[];

/** A line of the tree. */
export interface JsonLine {
  readonly path: JsonPath;
  readonly id: string;
  readonly depth: number;
  readonly name: string;
  /** The scalar, or how much there is inside. */
  readonly text: string;
  readonly branch: boolean;
  readonly open: boolean;
  readonly matches: boolean;
}

/** So many lines are shown at most. */
export const MAX_LINES = 2_000;
/** So many characters of a line. */
const MAX_LINE = 2_000;

/** The lines in sight. With `sought`, only what contains it and the ways there. */
export function jsonLines(root: JsonNode, closed: ReadonlySet<string>, sought: string): JsonLine[] {
  const lines: JsonLine[] = [];
  const wanted = sought.toLowerCase();
  const visit = (node: JsonNode, path: JsonPath, name: string): void => {
    if (lines.length >= MAX_LINES) return;
    const id = pathText(path);
    const text = wordsOf(node);
    const matches =
      wanted !== "" &&
      (name.toLowerCase().includes(wanted) ||
        (node.kind === "scalar" && node.text.toLowerCase().includes(wanted)));
    if (wanted !== "" && !matches && !contains(node, wanted)) return;
    const branch = node.kind !== "scalar";
    const open = branch && (wanted !== "" || !closed.has(id));
    lines.push({ path, id, depth: path.length, name, text, branch, open, matches });
    if (!open) return;
    if (node.kind === "object") for (const [key, inner] of node.members) visit(inner, [...path, key], key);
    else node.elements.forEach((inner, index) => visit(inner, [...path, index], String(index)));
  };
  visit(root, [], "");
  return lines;
}

function contains(node: JsonNode, wanted: string): boolean {
  switch (node.kind) {
    case "scalar":
      return node.text.toLowerCase().includes(wanted);
    case "array":
      return node.elements.some((inner) => contains(inner, wanted));
    case "object":
      return node.members.some(
        ([key, inner]) => key.toLowerCase().includes(wanted) || contains(inner, wanted),
      );
  }
}

function wordsOf(node: JsonNode): string {
  switch (node.kind) {
    case "scalar":
      return node.text.length > MAX_LINE
        ? `${node.text.slice(0, MAX_LINE)}… (${plural(node.text.length, "character")})`
        : node.text;
    case "array":
      return `[${node.elements.length}]`;
    case "object":
      return `{${node.members.length}}`;
  }
}

/** As JSON paths are written: `$.a[0]."b c"`. */
export function pathText(path: JsonPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return /^[A-Za-z_]\w*$/.test(step) ? `${text}.${step}` : `${text}.${JSON.stringify(step)}`;
  }, "$");
}

/** As PostgreSQL's operators go there: `doc -> 'a' -> 0 ->> 'b'`. */
export function pathSql(column: string, path: JsonPath): string {
  return path.reduce<string>((sql, step, index) => {
    const operator = index === path.length - 1 ? "->>" : "->";
    return `${sql} ${operator} ${typeof step === "number" ? step : `'${step.replaceAll("'", "''")}'`}`;
  }, column);
}

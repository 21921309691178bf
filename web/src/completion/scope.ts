import type { KnownColumn, KnownRelation } from "./catalogue";
import type { Names } from "./names";
import { columnsOfCall } from "./calledColumns";
import { chainBefore, isName, isSymbol, isWord, type Word } from "./tokens";

/** Something that columns can be taken from at a place of a statement. */
export interface Source {
  /** By which it is spoken of: its alias or its name. */
  readonly name: string;
  /** The relation behind it; null for a subquery, a CTE or a name that is not known. */
  readonly relation: KnownRelation | null;
  readonly columns: readonly KnownColumn[];
  /** 0 in the query that the cursor stands in, 1 in the one around it. */
  readonly level: number;
}

/** A query of WITH. */
export interface Cte {
  readonly name: string;
  readonly columns: readonly KnownColumn[];
}

/** What can be spoken of at a place of a statement. */
export interface Scope {
  readonly sources: readonly Source[];
  readonly ctes: readonly Cte[];
  /** Within the code of a function: its arguments and variables, with their types. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Words that begin the next part of a statement, so that they are no alias. */
const CLAUSES = new Set(
  (
    "where group having order limit offset fetch for window union except intersect on using join inner left right full " +
    "cross natural set values returning default select from as tablesample when then do conflict overriding only"
  ).split(" "),
);
const BEFORE_SOURCE = new Set(["from", "join", "update", "into", "using"]);
const SET_OPERATIONS = ["union", "except", "intersect"] as const;
/** Deeper nesting is not looked into. */
const MAX_NESTING = 20;

/** What can be spoken of at `position` of the statement that `words` are. */
export function scopeAt(words: readonly Word[], position: number, names: Names): Scope {
  const ctes = ctesOf(words, names, position);
  const sources: Source[] = [];
  enclosing(words, position).forEach((query, level) => {
    for (const source of sourcesOf(query, ctes, names, 0)) sources.push({ ...source, level });
  });
  sources.push(...ownTable(words, names));
  return { sources, ctes, variables: new Map() };
}

/** The table of an index or a policy, whose columns its conditions speak of. */
function ownTable(words: readonly Word[], names: Names): Source[] {
  const says = words.slice(1, 3).some((word) => isWord(word, "index", "policy"));
  const on = words.findIndex((word) => isWord(word, "on"));
  if (!says || !isWord(words[0], "create", "alter") || !isName(words[on + 1]) || on < 0) return [];
  const { name, schema } = qualified(words, on + 1);
  const relation = names.relation(name, schema);
  return relation ? [{ name, relation, columns: relation.columns, level: 1 }] : [];
}

/** The queries around a place, the innermost first: the words of each at its own depth and below. */
function enclosing(words: readonly Word[], position: number): Word[][] {
  const before = words.findLastIndex(({ from }) => from < position);
  const queries: Word[][] = [];
  let depth = depthAt(words, before);
  let start = before;
  for (; depth >= 0 && queries.length < MAX_NESTING; depth -= 1) {
    while (start >= 0 && !(isSymbol(words[start], "(") && words[start]?.depth === depth - 1)) start -= 1;
    const end = endOf(words, Math.max(before, 0), depth);
    const all = words.slice(start + 1, end);
    queries.push(part(all, position, depth));
    start -= 1;
  }
  return queries;
}

function depthAt(words: readonly Word[], index: number): number {
  const word = words[index];
  if (!word) return 0;
  return isSymbol(word, "(") ? word.depth + 1 : word.depth;
}

function endOf(words: readonly Word[], from: number, depth: number): number {
  let end = from;
  while (end < words.length && !(isSymbol(words[end], ")") && (words[end]?.depth ?? 0) < depth)) end += 1;
  return end;
}

/** Of queries that UNION and its like put together, the one at the place. */
function part(words: Word[], position: number, depth: number): Word[] {
  const cuts = words.flatMap((word, index) =>
    word.depth === depth && isWord(word, ...SET_OPERATIONS) ? [index] : [],
  );
  const from = cuts.findLast((index) => (words[index]?.from ?? 0) < position) ?? -1;
  const to = cuts.find((index) => (words[index]?.from ?? 0) >= position) ?? words.length;
  return words.slice(from + 1, to);
}

/** What FROM, JOIN, UPDATE and INTO name in a query, subqueries left to themselves. */
function sourcesOf(query: readonly Word[], ctes: readonly Cte[], names: Names, nesting: number): Source[] {
  const depth = query[0]?.depth ?? 0;
  const sources: Source[] = [];
  let awaits = false;
  let inFrom = false;
  for (let at = 0; at < query.length; at += 1) {
    const word = query[at];
    if (!word || word.depth > depth) continue;
    if (awaits && (isName(word) || isSymbol(word, "(")) && !isWord(word, "lateral", "only")) {
      const read = readSource(query, at, ctes, names, nesting);
      if (read) sources.push(read.source);
      at = (read?.next ?? at + 1) - 1;
      awaits = false;
    } else if (word.kind === "word" && BEFORE_SOURCE.has(word.value)) {
      awaits = !(word.value === "using" && isSymbol(query[at + 1], "("));
      inFrom = word.value === "from" || word.value === "using" || inFrom;
    } else if (isSymbol(word, ",") && inFrom) awaits = true;
    else if (word.kind === "word" && CLAUSES.has(word.value) && !["on", "as"].includes(word.value)) {
      inFrom = inFrom && ["inner", "left", "right", "full", "cross", "natural"].includes(word.value);
      awaits = false;
    }
  }
  return sources;
}

interface ReadSource {
  readonly source: Source;
  /** The index behind it. */
  readonly next: number;
}

function readSource(
  words: readonly Word[],
  at: number,
  ctes: readonly Cte[],
  names: Names,
  nesting: number,
): ReadSource | null {
  if (isSymbol(words[at], "(")) {
    const close = closing(words, at);
    const columns =
      nesting < MAX_NESTING ? outputOf(words.slice(at + 1, close), ctes, names, nesting + 1) : [];
    const { alias, next } = aliasAt(words, close + 1);
    return alias === null ? null : { source: { name: alias, relation: null, columns, level: 0 }, next };
  }
  const { name, schema, next: behind } = qualified(words, at);
  // Behind INTO a parenthesis begins the list of columns.
  const called =
    isSymbol(words[behind], "(") && !isWord(words[at - 1], "into") && !isWord(words[at - 3], "into");
  const call = called ? closing(words, behind) + 1 : behind;
  const { alias, next } = aliasAt(words, call);
  const cte = schema === null ? ctes.find((candidate) => candidate.name === name) : undefined;
  const relation = cte || call !== behind ? null : names.relation(name, schema);
  const returned = call !== behind && !cte ? columnsOfCall(name, schema, names) : null;
  const columns = cte?.columns ?? relation?.columns ?? returned ?? [];
  return { source: { name: alias ?? name, relation, columns, level: 0 }, next };
}

/** `schema.name` or `name`. */
function qualified(
  words: readonly Word[],
  at: number,
): { name: string; schema: string | null; next: number } {
  const first = words[at];
  const last = words[at + 2];
  if (isSymbol(words[at + 1], ".") && isName(last)) {
    return { name: last.value, schema: first?.value ?? null, next: at + 3 };
  }
  return { name: first?.value ?? "", schema: null, next: at + 1 };
}

function aliasAt(words: readonly Word[], at: number): { alias: string | null; next: number } {
  const next = isWord(words[at], "as") ? at + 1 : at;
  const word = words[next];
  if (!isName(word) || (word.kind === "word" && CLAUSES.has(word.value))) return { alias: null, next: at };
  return { alias: word.value, next: next + 1 };
}

function closing(words: readonly Word[], open: number): number {
  const depth = words[open]?.depth ?? 0;
  const at = words.findIndex((word, index) => index > open && isSymbol(word, ")") && word.depth === depth);
  return at < 0 ? words.length : at;
}

/** The queries of WITH that begin before a place. */
function ctesOf(words: readonly Word[], names: Names, position: number): Cte[] {
  const ctes: Cte[] = [];
  const begin = words.findIndex((word) => isWord(word, "with"));
  if (begin < 0) return ctes;
  let at = isWord(words[begin + 1], "recursive") ? begin + 2 : begin + 1;
  while (isName(words[at])) {
    const name = words[at]?.value ?? "";
    let named: string[] | null = null;
    at += 1;
    if (isSymbol(words[at], "(")) {
      const close = closing(words, at);
      named = words
        .slice(at + 1, close)
        .filter(isName)
        .map(({ value }) => value);
      at = close + 1;
    }
    while (isWord(words[at], "as", "not", "materialized")) at += 1;
    if (!isSymbol(words[at], "(")) break;
    const close = closing(words, at);
    const output = outputOf(words.slice(at + 1, close), ctes, names, 1);
    const columns = named ? named.map((column, index) => renamed(column, output[index])) : output;
    if ((words[at]?.from ?? 0) < position) ctes.push({ name, columns });
    at = close + 1;
    if (!isSymbol(words[at], ",")) break;
    at += 1;
  }
  return ctes;
}

function renamed(name: string, column: KnownColumn | undefined): KnownColumn {
  return { name, type: column?.type ?? "", notNull: false };
}

/** The columns that a query brings, by the names that PostgreSQL gives them. */
function outputOf(
  query: readonly Word[],
  ctes: readonly Cte[],
  names: Names,
  nesting: number,
): KnownColumn[] {
  const depth = query[0]?.depth ?? 0;
  const own = query.filter((word) => word.depth === depth);
  const returning = own.findIndex((word) => isWord(word, "returning"));
  const select = returning >= 0 ? returning : own.findIndex((word) => isWord(word, "select"));
  if (select < 0) return [];
  const end = own.findIndex(
    (word, at) => at > select && isWord(word, "from", "where", ...SET_OPERATIONS, "limit", "order"),
  );
  const list = own.slice(select + 1, end < 0 ? undefined : end);
  const sources = sourcesOf(query, ctes, names, nesting);
  return itemsOf(list).flatMap((entry) => columnsOf(entry, sources));
}

function itemsOf(list: readonly Word[]): Word[][] {
  const items: Word[][] = [[]];
  for (const word of list) {
    if (isSymbol(word, ",")) items.push([]);
    else items.at(-1)?.push(word);
  }
  return items;
}

function columnsOf(entry: readonly Word[], sources: readonly Source[]): KnownColumn[] {
  const words = isWord(entry[0], "distinct", "all") ? entry.slice(1) : entry;
  const last = words.at(-1);
  if (isSymbol(last, "*")) {
    const qualifier = isSymbol(words.at(-2), ".") ? words.at(-3)?.value : undefined;
    return sources
      .filter(({ name }) => qualifier === undefined || name === qualifier)
      .flatMap(({ columns }) => columns);
  }
  if (isName(last)) return [renamed(last.value, columnMeant(words, sources))];
  const call = words.find(isName);
  return call ? [renamed(call.value, undefined)] : [];
}

/** The column that `o.status` or `o.status as s` is, unless it is more than a column. */
function columnMeant(words: readonly Word[], sources: readonly Source[]): KnownColumn | undefined {
  const whole = chainBefore(words, words.length);
  const end = whole?.from === 0 ? words.length : words.length - (isWord(words.at(-2), "as") ? 2 : 1);
  const chain = chainBefore(words, end);
  if (chain?.from !== 0) return undefined;
  const [name, source] = chain.names.toReversed();
  return sources
    .filter((one) => source === undefined || one.name === source)
    .flatMap(({ columns }) => columns)
    .find((column) => column.name === name);
}

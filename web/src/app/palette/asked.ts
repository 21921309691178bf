import type { NameFilter } from "~/completion/find";
import { kindWords } from "~/explorer/kinds";

/** What a query asks for: names of some kinds, after a prefix. */
export interface Asked {
  /** Which names an editor knows are looked through; null: none of them. */
  readonly filter: NameFilter | null;
  /** The kinds that PostgreSQL is asked for; empty: all; null: none. */
  readonly kinds: readonly string[] | null;
  readonly text: string;
  /** Nothing but names is asked for. */
  readonly alone: boolean;
}

/** The kinds that can be asked for, in the order in which they are listed, with the short prefix of the usual ones. */
export const askedKinds: readonly { readonly kind: string; readonly short?: string }[] = [
  { kind: "table", short: "t" },
  { kind: "view", short: "v" },
  { kind: "function", short: "f" },
  { kind: "procedure" },
  { kind: "aggregate" },
  { kind: "column", short: "@" },
  { kind: "sequence", short: "s" },
  { kind: "index", short: "i" },
  { kind: "constraint", short: "c" },
  { kind: "trigger" },
  { kind: "policy" },
  { kind: "rule" },
  { kind: "statistics" },
  { kind: "type", short: "y" },
  { kind: "domain" },
  { kind: "schema" },
  { kind: "role", short: "r" },
  { kind: "database" },
  { kind: "tablespace" },
  { kind: "replication_slot" },
  { kind: "extension" },
  { kind: "foreign_server" },
  { kind: "foreign_data_wrapper" },
  { kind: "user_mapping" },
  { kind: "publication" },
  { kind: "subscription" },
  { kind: "event_trigger" },
  { kind: "language" },
  { kind: "collation" },
  { kind: "conversion" },
  { kind: "cast" },
  { kind: "operator" },
  { kind: "operator_class" },
  { kind: "operator_family" },
  { kind: "access_method" },
  { kind: "transform" },
  { kind: "large_object" },
  { kind: "text_search_configuration" },
  { kind: "text_search_dictionary" },
  { kind: "text_search_parser" },
  { kind: "text_search_template" },
];

const shorts: Readonly<Record<string, readonly string[]>> = {
  t: ["table"],
  v: ["view"],
  f: ["function", "procedure", "aggregate"],
  i: ["index"],
  s: ["sequence"],
  c: ["constraint", "domain_constraint"],
  y: ["type", "domain"],
  r: ["role"],
};

const known: Readonly<Record<string, NameFilter>> = {
  table: "tables",
  view: "views",
  "function,procedure,aggregate": "functions",
  column: "columns",
};

/** What is asked for. A prefix is a letter, or the beginning of a word of what a kind is called: `tri:`, `slot:`. */
export function askedOf(query: string): Asked {
  const found = /^([a-z][a-z -]*):(.*)$/is.exec(query);
  const kinds = query.startsWith("@") ? ["column"] : found === null ? [] : kindsOf(found[1] ?? "");
  if (kinds.length === 0) return { filter: "all", kinds: [], text: query.trim(), alone: false };
  const text = (query.startsWith("@") ? query.slice(1) : (found?.[2] ?? "")).trim();
  const asked = kinds.filter((kind) => kind !== "column");
  return {
    filter: known[kinds.join(",")] ?? null,
    kinds: asked.length === 0 ? null : asked,
    text,
    alone: true,
  };
}

function kindsOf(prefix: string): readonly string[] {
  const wanted = prefix.trim().toLowerCase();
  const short = shorts[wanted];
  if (short !== undefined) return short;
  const named = askedKinds.map(({ kind }) => kind);
  const whole = named.filter(
    (kind) => nameOf(kind) === wanted || kindWords(kind).many.toLowerCase() === wanted,
  );
  if (whole.length > 0) return whole;
  return named.filter((kind) => ` ${nameOf(kind)}`.includes(` ${wanted}`));
}

function nameOf(kind: string): string {
  return kindWords(kind).one.toLowerCase().replaceAll("-", " ");
}

/** What is typed for a kind. */
export function prefixOf({ kind, short }: (typeof askedKinds)[number]): string {
  if (short === "@") return short;
  return `${short ?? nameOf(kind)}:`;
}

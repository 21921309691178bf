import { quoteIdentifier } from "~/run/quote";
import type { Strings } from "~/editor/strings";
import type { Catalogue, KnownFunction, KnownRelation } from "./catalogue";
import { KEYWORDS, SNIPPETS } from "./keywords";
import { beginsWith, bestOf, type Fits, fitting } from "./match";
import { Shortlist } from "~/ui/shortlist";
import { nameOf } from "./names";
import { scopeAt, type Scope, type Source } from "./scope";
import { isName, isSymbol, isWord, tokensOf, type Word } from "./tokens";

/** What kind of thing is offered: it chooses the icon. */
export type OfferKind =
  "column" | "relation" | "schema" | "function" | "keyword" | "join" | "snippet" | "alias" | "text";

/** Something to put in. */
export interface Offer {
  readonly label: string;
  readonly kind: OfferKind;
  /** What is put in, where it is not the label. `${}` marks places to fill in a snippet. */
  readonly insert: string;
  /** Faint, behind the label: a type, a schema. */
  readonly detail: string;
  /** Higher comes first. */
  readonly rank: number;
}

export interface Offers {
  /** From where on the typed text is replaced. */
  readonly from: number;
  readonly to: number;
  readonly offers: readonly Offer[];
}

/** The best of what fits. */
export interface BestOffers extends Offers {
  /** What was typed of a name. */
  readonly prefix: string;
  /** Whether nothing more fits. */
  readonly whole: boolean;
}

/** What was typed of a name. */
interface Typed {
  readonly prefix: string;
  readonly fits: Fits;
  /** How many are wanted. */
  readonly limit: number;
}

/** More help nobody, and cost time to draw. */
export const MAX_OFFERS = 200;
/** So many can be looked through between a key and the next frame. */
export const MAX_CANDIDATES = 20_000;

const RANK = {
  join: 90,
  column: 70,
  alias: 60,
  relation: 50,
  cte: 65,
  function: 30,
  schema: 25,
  keyword: 20,
  snippet: 15,
};

/** What fits at `position` of the statement between `start` and `end` of `text`: the best, and no more than `limit`. */
export function complete(
  text: string,
  { start, end }: { start: number; end: number },
  position: number,
  catalogue: Catalogue,
  strings: Strings = "standard",
  limit = MAX_OFFERS,
): BestOffers | null {
  const words = tokensOf(text, start, end, strings);
  if (inside(words, text, position)) return null;
  const word = typedAt(words, text, position);
  const before = words.filter(({ to }) => to <= word.from);
  const scope = scopeAt(words, position, catalogue);
  // One more than is wanted tells whether there are more.
  const typed: Typed = { prefix: word.prefix, fits: fitting(word.prefix), limit: limit + 1 };
  const found = offersFor(before, scope, catalogue, typed).filter(({ label }) => typed.fits(label));
  const offers = ordered(found, typed);
  const whole = offers.length <= limit;
  return { from: word.from, to: position, offers: offers.slice(0, limit), prefix: word.prefix, whole };
}

/** Nothing is offered in a text, in a number or in a comment. */
function inside(words: readonly Word[], text: string, position: number): boolean {
  const word = words.find(({ from, to }) => from < position && position <= to);
  if (word?.kind === "text") return position < word.to || !/['$]$/.test(text.slice(word.from, word.to));
  const line = text.slice(text.lastIndexOf("\n", position - 1) + 1, position);
  return /--[^']*$/.test(line) || /(?:^|[^\w"$.])\d[\d.]*\w*$/.test(line);
}

function typedAt(words: readonly Word[], text: string, position: number): { from: number; prefix: string } {
  const word = words.find(
    ({ from, to, kind }) => from < position && position <= to && kind !== "symbol" && kind !== "text",
  );
  if (!word) return { from: position, prefix: "" };
  return { from: word.from, prefix: nameOf(text.slice(word.from, position)) };
}

/** What is many is left out already here where it does not fit: an offer is made for none of it. */
function offersFor(before: readonly Word[], scope: Scope, catalogue: Catalogue, typed: Typed): Offer[] {
  const last = before.at(-1);
  if (isSymbol(last, ".")) return qualifiedOffers(before, scope, catalogue, typed);
  switch (placeOf(before)) {
    case "relation":
      return [...joins(before, scope, catalogue), ...relations(scope, catalogue, typed)];
    case "condition":
      return [...conditions(scope, catalogue), ...expressions(scope, catalogue, typed)];
    case "insert_columns":
      return columns(scope.sources.slice(-1));
    case "start":
      return [...keywords(), ...snippets()];
    case "expression":
      return expressions(scope, catalogue, typed);
  }
}

type Place = "start" | "relation" | "condition" | "insert_columns" | "expression";

/** What is expected behind the words before the cursor. */
function placeOf(before: readonly Word[]): Place {
  const last = before.at(-1);
  if (!last) return "start";
  if (
    isWord(
      last,
      "from",
      "join",
      "update",
      "into",
      "table",
      "only",
      "truncate",
      "references",
      "analyze",
      "vacuum",
    )
  )
    return "relation";
  if (isWord(last, "on") && before.some((word) => isWord(word, "join"))) return "condition";
  const depth = isSymbol(last, "(") ? last.depth + 1 : last.depth;
  if (depth > 0 && isInsertList(before, depth)) return "insert_columns";
  if (isSymbol(last, ",")) {
    const clause = before.findLast(
      (word) =>
        word.depth === last.depth &&
        isWord(word, "from", "select", "where", "by", "set", "values", "returning", "using"),
    );
    if (isWord(clause, "from")) return "relation";
  }
  return "expression";
}

/** `insert into t (a, |` */
function isInsertList(before: readonly Word[], depth: number): boolean {
  const open = before.findLastIndex((word) => isSymbol(word, "(") && word.depth === depth - 1);
  const name = before.slice(0, open);
  const into = name.findLastIndex((word) => isWord(word, "into"));
  return (
    into >= 0 && open - into <= 6 && name.slice(into + 1).every((word) => isName(word) || isSymbol(word, "."))
  );
}

function qualifiedOffers(before: readonly Word[], scope: Scope, catalogue: Catalogue, typed: Typed): Offer[] {
  const qualifier = before.at(-2);
  if (!isName(qualifier)) return [];
  const outer = isSymbol(before.at(-3), ".") && isName(before.at(-4)) ? before.at(-4) : undefined;
  if (outer) {
    const relation = catalogue.relation(qualifier.value, outer.value);
    return relation ? columnsOf(relation.columns, relation.name, 0) : [];
  }
  // A schema that is being written looks like a source without columns.
  const aliased = scope.sources.filter(({ name, columns }) => name === qualifier.value && columns.length > 0);
  const source = aliased.sort((a, b) => a.level - b.level)[0];
  if (source) return [...columnsOf(source.columns, source.name, 0), star(source)];
  return [
    ...named(catalogue.relationsIn(qualifier.value), typed).map((relation) => relationOffer(relation, false)),
    ...functions(catalogue.functionsIn(qualifier.value), typed),
  ];
}

/** `o.*` written out, as views and INSERT want it. */
function star(source: Source): Offer {
  const all = source.columns.map(({ name }) => quoteIdentifier(name));
  const insert = all.join(`, ${quoteIdentifier(source.name)}.`);
  return {
    label: "all columns",
    kind: "snippet",
    insert,
    detail: `${all.length} of ${source.name}`,
    rank: RANK.snippet,
  };
}

function expressions(scope: Scope, catalogue: Catalogue, typed: Typed): Offer[] {
  return [
    ...columns(scope.sources),
    ...scope.sources.map((source) => alias(source)),
    ...catalogue.searchPath.flatMap((schema) => functions(catalogue.functionsIn(schema), typed)),
    ...schemas(catalogue),
    ...keywords(),
  ];
}

/** Columns of all sources. Where two have the same, it is offered with its source. */
function columns(sources: readonly Source[]): Offer[] {
  const seen = new Map<string, number>();
  for (const { columns: own } of sources) {
    for (const { name } of own) seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  return sources.flatMap((source) =>
    columnsOf(source.columns, source.name, source.level).map((offer) =>
      (seen.get(offer.label) ?? 0) > 1
        ? { ...offer, insert: `${quoteIdentifier(source.name)}.${offer.insert}` }
        : offer,
    ),
  );
}

function columnsOf(known: Source["columns"], source: string, level: number): Offer[] {
  return known.map(({ name, type }, index) => ({
    label: name,
    kind: "column",
    insert: quoteIdentifier(name),
    detail: type === "" ? source : `${type}, ${source}`,
    rank: RANK.column - level * 5 - Math.min(index, 400) / 1000,
  }));
}

function alias({ name, relation, level }: Source): Offer {
  const detail = relation === null ? "" : relation.name === name ? relation.schema : relation.name;
  return { label: name, kind: "alias", insert: quoteIdentifier(name), detail, rank: RANK.alias - level };
}

function relations(scope: Scope, catalogue: Catalogue, typed: Typed): Offer[] {
  const ctes = scope.ctes.map(({ name }): Offer => ({
    label: name,
    kind: "relation",
    insert: quoteIdentifier(name),
    detail: "with",
    rank: RANK.cte,
  }));
  const all = catalogue.schemaNames.flatMap((schema) => {
    const own = !isSystem(schema);
    return named(catalogue.relationsIn(schema), typed).map((relation) => {
      const found = catalogue.relation(relation.name, null);
      const bare = found?.oid === relation.oid;
      const offer = relationOffer(relation, !bare);
      return { ...offer, rank: offer.rank - (bare ? 0 : 2) - (own ? 0 : 20) };
    });
  });
  return [...ctes, ...all, ...schemas(catalogue)];
}

function relationOffer(relation: KnownRelation, qualify: boolean): Offer {
  const name = quoteIdentifier(relation.name);
  return {
    label: relation.name,
    kind: "relation",
    insert: qualify ? `${quoteIdentifier(relation.schema)}.${name}` : name,
    detail: KINDS[relation.kind] ? `${KINDS[relation.kind]}, ${relation.schema}` : relation.schema,
    rank: RANK.relation,
  };
}

const KINDS: Readonly<Record<string, string>> = {
  v: "view",
  m: "materialized view",
  f: "foreign table",
  p: "partitioned",
};

function schemas(catalogue: Catalogue): Offer[] {
  return catalogue.schemaNames.map((name) => ({
    label: name,
    kind: "schema",
    insert: quoteIdentifier(name),
    detail: "schema",
    rank: RANK.schema - (isSystem(name) ? 5 : 0),
  }));
}

function isSystem(schema: string): boolean {
  return schema === "pg_catalog" || schema === "information_schema";
}

function functions(known: readonly KnownFunction[], typed: Typed): Offer[] {
  return named(known, typed).map(({ schema, name, args, result }) => {
    const bare = quoteIdentifier(name);
    return {
      label: name,
      kind: "function",
      insert: args === "" ? `${bare}()` : `${bare}(\${})`,
      detail: result === null ? `(${args})` : `(${args}) → ${result}`,
      rank: RANK.function - (isSystem(schema) ? 5 : 0),
    };
  });
}

function keywords(): Offer[] {
  return KEYWORDS.map((word) => ({
    label: word,
    kind: "keyword",
    insert: word,
    detail: "",
    rank: RANK.keyword,
  }));
}

function snippets(): Offer[] {
  return SNIPPETS.map(({ label, insert, detail }) => ({
    label,
    kind: "snippet",
    insert,
    detail,
    rank: RANK.snippet,
  }));
}

/** Behind JOIN: the tables that foreign keys lead to or from, with the whole condition. */
function joins(before: readonly Word[], scope: Scope, catalogue: Catalogue): Offer[] {
  if (!isWord(before.at(-1), "join")) return [];
  const taken = new Set(scope.sources.map(({ name }) => name));
  return scope.sources.flatMap((source) => {
    const { relation } = source;
    if (!relation || source.level > 0) return [];
    return catalogue.keysOf(relation).flatMap((key): Offer[] => {
      const outward = key.from === relation.oid;
      const other = catalogue.relationOf(outward ? key.to : key.from);
      if (!other) return [];
      const name = freeAlias(other.name, taken);
      const [ours, theirs] = outward ? [key.columns, key.referenced] : [key.referenced, key.columns];
      const target = catalogue.isInSearchPath(other.schema)
        ? quoteIdentifier(other.name)
        : `${quoteIdentifier(other.schema)}.${quoteIdentifier(other.name)}`;
      const condition = equalities(name, theirs, source.name, ours);
      return [
        {
          label: other.name,
          kind: "join",
          insert: `${target} ${name} on ${condition}`,
          detail: condition,
          rank: RANK.join,
        },
      ];
    });
  });
}

/** Behind ON: what foreign keys between the sources say, those of the latest source first. */
function conditions(scope: Scope, catalogue: Catalogue): Offer[] {
  const sources = scope.sources.filter(({ level }) => level === 0);
  return sources.flatMap((source, index) =>
    sources.slice(0, index).flatMap((earlier) => between(source, earlier, catalogue, index)),
  );
}

function between(source: Source, earlier: Source, catalogue: Catalogue, index: number): Offer[] {
  const [a, b] = [source.relation, earlier.relation];
  if (!a || !b) return [];
  const keys = catalogue.keysOf(a).filter(({ from, to }) => (from === a.oid ? to : from) === b.oid);
  return keys.map((key) => {
    const [ours, theirs] = key.from === a.oid ? [key.columns, key.referenced] : [key.referenced, key.columns];
    const condition = equalities(source.name, ours, earlier.name, theirs);
    return {
      label: condition,
      kind: "join",
      insert: condition,
      detail: "foreign key",
      rank: RANK.join + index,
    };
  });
}

function equalities(a: string, left: readonly string[], b: string, right: readonly string[]): string {
  return left
    .map((column, index) => {
      const other = right[index] ?? column;
      return `${quoteIdentifier(a)}.${quoteIdentifier(column)} = ${quoteIdentifier(b)}.${quoteIdentifier(other)}`;
    })
    .join(" and ");
}

/** The initials of a name, such as `oi` of `order_items`; numbered when they are taken. */
function freeAlias(name: string, taken: ReadonlySet<string>): string {
  const initials = name
    .split(/[^a-z0-9]+/i)
    .map((part) => part.charAt(0).toLowerCase())
    .join("");
  const base = /^[a-z]/.test(initials) && !KEYWORDS.includes(initials) ? initials : "t";
  for (let number = 1; ; number += 1) {
    const alias = number === 1 ? base : `${base}${number}`;
    if (!taken.has(alias)) return alias;
  }
}

/** Those of one rank whose names fit. */
function named<Named extends { readonly name: string }>(
  all: readonly Named[],
  { prefix, fits, limit }: Typed,
): Named[] {
  return bestOf(all, ({ name }) => name, prefix, fits, limit);
}

/** The best, each once: what begins as it was typed comes first. */
function ordered(offers: readonly Offer[], { prefix, limit }: Typed): Offer[] {
  const best = new Shortlist<{ offer: Offer; rank: number }>(
    limit,
    (a, b) => b.rank - a.rank || byLabel(a.offer, b.offer),
  );
  const seen = new Set<string>();
  for (const offer of offers) {
    const { kind, label, insert, detail } = offer;
    const key = `${kind} ${label} ${insert} ${kind === "function" ? detail : ""}`;
    if (seen.has(key)) continue;
    seen.add(key);
    best.offer({ offer, rank: offer.rank + (beginsWith(label, prefix) ? 1000 : 0) });
  }
  return best.take().map(({ offer }) => offer);
}

/** The order of offers whatever was typed. */
export function byRank(a: Offer, b: Offer): number {
  return b.rank - a.rank || byLabel(a, b);
}

function byLabel(a: Offer, b: Offer): number {
  return a.label < b.label ? -1 : a.label > b.label ? 1 : 0;
}

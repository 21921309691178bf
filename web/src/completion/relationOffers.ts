import { quoteIdentifier } from "~/run/quote";
import type { KnownRelation } from "./catalogue";
import { KEYWORDS } from "./keywords";
import type { Names } from "./names";
import { isSystem, named, type Offer, RANK, type Typed } from "./offer";
import type { Scope, Source } from "./scope";
import { isWord, type Word } from "./tokens";

export function relations(scope: Scope, names: Names, typed: Typed): Offer[] {
  const ctes = scope.ctes.map(({ name }): Offer => ({
    label: name,
    kind: "relation",
    insert: quoteIdentifier(name),
    detail: "with",
    rank: RANK.cte,
  }));
  const all = names.schemaNames.flatMap((schema) => {
    const own = !isSystem(schema);
    return named(names.relationsIn(schema), typed).map((relation) => {
      const found = names.relation(relation.name, null);
      const bare = found?.oid === relation.oid;
      const offer = relationOffer(relation, !bare);
      return { ...offer, rank: offer.rank - (bare ? 0 : 2) - (own ? 0 : 20) };
    });
  });
  return [...ctes, ...all, ...schemas(names)];
}

export function relationOffer(relation: KnownRelation, qualify: boolean): Offer {
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

export function schemas(names: Names): Offer[] {
  return names.schemaNames.map((name) => ({
    label: name,
    kind: "schema",
    insert: quoteIdentifier(name),
    detail: "schema",
    rank: RANK.schema - (isSystem(name) ? 5 : 0),
  }));
}

/** Behind JOIN: the tables that foreign keys lead to or from, with the whole condition. */
export function joins(before: readonly Word[], scope: Scope, names: Names): Offer[] {
  if (!isWord(before.at(-1), "join")) return [];
  const taken = new Set(scope.sources.map(({ name }) => name));
  return scope.sources.flatMap((source) => {
    const { relation } = source;
    if (!relation || source.level > 0) return [];
    return names.keysOf(relation).flatMap((key): Offer[] => {
      const outward = key.from === relation.oid;
      const other = names.relationOf(outward ? key.to : key.from);
      if (!other) return [];
      const name = freeAlias(other.name, taken);
      const [ours, theirs] = outward ? [key.columns, key.referenced] : [key.referenced, key.columns];
      const target = names.isInSearchPath(other.schema)
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
export function conditions(scope: Scope, names: Names): Offer[] {
  const sources = scope.sources.filter(({ level }) => level === 0);
  return sources.flatMap((source, index) =>
    sources.slice(0, index).flatMap((earlier) => between(source, earlier, names, index)),
  );
}

function between(source: Source, earlier: Source, names: Names, index: number): Offer[] {
  const [a, b] = [source.relation, earlier.relation];
  if (!a || !b) return [];
  const keys = names.keysOf(a).filter(({ from, to }) => (from === a.oid ? to : from) === b.oid);
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

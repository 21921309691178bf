import { match } from "~/ui/match";
import type { Catalogue, KnownRelation } from "./catalogue";

/** Which kinds of names are looked for. */
export type NameFilter = "all" | "tables" | "views" | "functions" | "columns";

/** A name of a database that answers to what was typed. */
export interface FoundName {
  /** Catalog and oid; of a column, its relation's. */
  readonly address: string;
  /** As the API names kinds. */
  readonly kind: string;
  readonly schema: string;
  /** What is shown: a function with its arguments, a column with its relation. */
  readonly title: string;
  /** The places in the title that answer to letters typed. */
  readonly at: readonly number[];
  readonly note: string;
  /** The name alone, of what rows can be selected from. */
  readonly relation: string | null;
  readonly cost: number;
}

const relationKinds: Readonly<Record<string, string>> = {
  r: "table",
  p: "partitioned_table",
  f: "foreign_table",
  v: "view",
  m: "materialized_view",
};
const functionKinds: Readonly<Record<string, string>> = { p: "procedure", a: "aggregate" };

/** PostgreSQL's own names come behind the person's. */
const OWN = 25;
/** A table is meant rather than a column of the same name. */
const COLUMN = 8;
/** With fewer letters there are columns without end. */
const LETTERS_FOR_COLUMNS = 2;

/** The names that answer best to a query, in whatever schema. A dot in it says that the schema is asked for too. */
export function findNames(
  catalogue: Catalogue,
  query: string,
  filter: NameFilter,
  limit: number,
): FoundName[] {
  const found: FoundName[] = [];
  const qualified = query.includes(".");
  // Hundreds of them would stand between the person's own.
  const withOwn = qualified || filter !== "all" || query.toLowerCase().startsWith("pg");
  for (const schema of catalogue.schemaNames) {
    const own = isOwn(schema);
    if (own && !withOwn) continue;
    const extra = own ? OWN : 0;
    const cost = (name: string) => {
      const hit = qualified ? match(query, `${schema}.${name}`) : match(query, name);
      if (!hit) return null;
      const at = qualified ? hit.at.map((place) => place - schema.length - 1).filter((p) => p >= 0) : hit.at;
      return { cost: hit.cost + extra, at };
    };
    if (filter !== "functions") {
      for (const relation of catalogue.relationsIn(schema)) {
        const { oid, name, kind } = relation;
        const address = `pg_class/${oid}`;
        const word = relationKinds[kind] ?? "table";
        if (filter === "columns") {
          found.push(...columnsFound(relation, query, extra));
          continue;
        }
        const isView = kind === "v" || kind === "m";
        if ((filter === "tables" && isView) || (filter === "views" && !isView)) continue;
        const hit = cost(name);
        if (hit)
          found.push({
            address,
            schema,
            relation: name,
            kind: word,
            note: wordsOf(word),
            title: name,
            ...hit,
          });
      }
    }
    if (filter === "all" || filter === "functions") {
      for (const { oid, name, kind, args } of catalogue.functionsIn(schema)) {
        const hit = oid === null ? null : cost(name);
        if (!hit) continue;
        const word = functionKinds[kind] ?? "function";
        const title = `${name}(${args})`;
        found.push({
          ...{ address: `pg_proc/${oid}`, schema, relation: null, kind: word, note: word, title },
          ...hit,
          // Of names alike, tables are meant more often.
          cost: hit.cost + 1,
        });
      }
    }
  }
  // Columns fill what is left: looking through all of them takes longest.
  const few = filter === "all" && !qualified && found.length < limit;
  if (few && query.trim().length >= LETTERS_FOR_COLUMNS) {
    for (const schema of catalogue.schemaNames.filter((one) => withOwn || !isOwn(one)))
      for (const relation of catalogue.relationsIn(schema))
        found.push(...columnsFound(relation, query, (isOwn(schema) ? OWN : 0) + COLUMN));
  }
  return best(found, limit);
}

function columnsFound(relation: KnownRelation, query: string, behind: number): FoundName[] {
  const { oid, schema, name, columns } = relation;
  const from = name.length + 1;
  return columns.flatMap((column) => {
    const hit = match(query, column.name);
    if (!hit) return [];
    return {
      ...{ address: `pg_class/${oid}`, schema, relation: name, kind: "column", note: column.type },
      title: `${name}.${column.name}`,
      at: hit.at.map((place) => place + from),
      cost: hit.cost + behind,
    };
  });
}

function isOwn(schema: string): boolean {
  return schema === "pg_catalog" || schema === "information_schema";
}

function wordsOf(kind: string): string {
  return kind.replaceAll("_", " ");
}

/** The cheapest, in order, without sorting all. */
function best(found: FoundName[], limit: number): FoundName[] {
  if (found.length <= limit) return found.sort(byCost);
  const kept: FoundName[] = [];
  let worst = Infinity;
  for (const one of found) {
    if (one.cost >= worst && kept.length >= limit) continue;
    kept.push(one);
    if (kept.length < limit * 2) continue;
    kept.sort(byCost).splice(limit);
    worst = kept.at(-1)?.cost ?? Infinity;
  }
  return kept.sort(byCost).slice(0, limit);
}

function byCost(a: FoundName, b: FoundName): number {
  return a.cost - b.cost || (a.title < b.title ? -1 : a.title > b.title ? 1 : 0);
}

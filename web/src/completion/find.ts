import { type Match, matcher } from "~/ui/match";
import { Shortlist } from "~/ui/shortlist";
import type { Catalogue, KnownFunction, KnownRelation } from "./catalogue";

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
  const search = new Search(query, limit);
  const qualified = query.includes(".");
  // Hundreds of them would stand between the person's own.
  const withOwn = qualified || filter !== "all" || query.toLowerCase().startsWith("pg");
  const schemas = catalogue.schemaNames.filter((schema) => withOwn || !isOwn(schema));
  for (const schema of schemas) {
    const before = qualified ? `${schema}.` : "";
    const behind = isOwn(schema) ? OWN : 0;
    for (const relation of filter === "functions" ? [] : catalogue.relationsIn(schema)) {
      const isView = relation.kind === "v" || relation.kind === "m";
      if (filter === "columns") search.columns(relation, behind);
      else if (filter === "all" || (filter === "views") === isView) search.relation(relation, before, behind);
    }
    for (const known of filter === "all" || filter === "functions" ? catalogue.functionsIn(schema) : [])
      search.function(known, before, behind);
  }
  // Columns fill what is left: looking through all of them takes longest.
  const few = filter === "all" && !qualified && search.hits < limit;
  if (few && query.trim().length >= LETTERS_FOR_COLUMNS) {
    for (const schema of schemas)
      for (const relation of catalogue.relationsIn(schema))
        search.columns(relation, (isOwn(schema) ? OWN : 0) + COLUMN);
  }
  return search.best();
}

/** One search: what it found so far. Only what may be among the best is written out. */
class Search {
  readonly #match: (text: string) => Match | null;
  readonly #best: Shortlist<FoundName>;
  /** Columns of thousands of tables have few names. */
  readonly #columns = new Map<string, Match | null>();
  hits = 0;

  constructor(query: string, limit: number) {
    this.#match = matcher(query);
    this.#best = new Shortlist<FoundName>(limit, byCost);
  }

  best(): FoundName[] {
    return this.#best.take();
  }

  relation({ oid, schema, name, kind: relkind }: KnownRelation, before: string, behind: number): void {
    this.#offer(this.#match(before + name), behind, name, -before.length, () => {
      const kind = relationKinds[relkind] ?? "table";
      return { address: `pg_class/${oid}`, schema, relation: name, kind, note: wordsOf(kind) };
    });
  }

  function({ oid, schema, name, kind: prokind, args }: KnownFunction, before: string, behind: number): void {
    if (oid === null) return;
    // Of names alike, tables are meant more often.
    this.#offer(this.#match(before + name), behind + 1, `${name}(${args})`, -before.length, () => {
      const kind = functionKinds[prokind] ?? "function";
      return { address: `pg_proc/${oid}`, schema, relation: null, kind, note: kind };
    });
  }

  columns({ oid, schema, name, columns }: KnownRelation, behind: number): void {
    for (const column of columns) {
      let hit = this.#columns.get(column.name);
      if (hit === undefined) this.#columns.set(column.name, (hit = this.#match(column.name)));
      this.#offer(hit, behind, `${name}.${column.name}`, name.length + 1, () => {
        return { address: `pg_class/${oid}`, schema, relation: name, kind: "column", note: column.type };
      });
    }
  }

  /** `moved` is how far what was matched stands from the title's start; what lies outside of it is not marked. */
  #offer(
    hit: Match | null,
    behind: number,
    title: string,
    moved: number,
    write: () => Omit<FoundName, "at" | "cost" | "title">,
  ): void {
    if (hit === null) return;
    this.hits += 1;
    const cost = hit.cost + behind;
    const { worst } = this.#best;
    if (worst !== null && byCost({ cost, title }, worst) >= 0) return;
    const at = hit.at.map((place) => place + moved).filter((place) => place >= 0);
    this.#best.offer({ ...write(), title, at, cost });
  }
}

function isOwn(schema: string): boolean {
  return schema === "pg_catalog" || schema === "information_schema";
}

function wordsOf(kind: string): string {
  return kind.replaceAll("_", " ");
}

type Ranked = Pick<FoundName, "cost" | "title">;

function byCost(a: Ranked, b: Ranked): number {
  return a.cost - b.cost || (a.title < b.title ? -1 : a.title > b.title ? 1 : 0);
}

import type { Catalogue, KnownForeignKey, KnownFunction, KnownRelation, KnownType } from "./catalogue";
import type { ServerNames } from "./serverNames";
import { isName, isSymbol, tokensOf } from "./tokens";

/** The search path of a session as PostgreSQL shows it, and who `$user` is in it. */
export interface SessionPath {
  readonly list: string;
  readonly user: string;
}

/** Domains over domains are not followed for ever. */
const MAX_DOMAINS = 10;

/** The names of a database as a session finds them, by its search path. */
export class Names {
  readonly #catalogue: Catalogue;
  /** Schemas whose names need no qualifier, those that are looked through first in front. */
  readonly searchPath: readonly string[];

  /** Without a path of its own it is the one that sessions begin with. */
  constructor(catalogue: Catalogue, path: SessionPath | null = null) {
    this.#catalogue = catalogue;
    this.searchPath = path ? schemasOf(path, catalogue.schemaNames) : catalogue.ownPath;
  }

  get schemaNames(): readonly string[] {
    return this.#catalogue.schemaNames;
  }

  get server(): ServerNames {
    return this.#catalogue.server;
  }

  relationsIn(schema: string): readonly KnownRelation[] {
    return this.#catalogue.relationsIn(schema);
  }

  functionsIn(schema: string): readonly KnownFunction[] {
    return this.#catalogue.functionsIn(schema);
  }

  typesIn(schema: string): readonly KnownType[] {
    return this.#catalogue.typesIn(schema);
  }

  relationOf(oid: number): KnownRelation | null {
    return this.#catalogue.relationOf(oid);
  }

  /** Foreign keys of a relation and those that refer to it. */
  keysOf(relation: KnownRelation): readonly KnownForeignKey[] {
    return this.#catalogue.keysOf(relation);
  }

  isInSearchPath(schema: string): boolean {
    return this.searchPath.includes(schema);
  }

  /** The relation that a name means, with or without a schema. */
  relation(name: string, schema: string | null): KnownRelation | null {
    return this.#first(schema, (place) => find(this.relationsIn(place), name));
  }

  /** The type that a name means, with or without a schema. */
  type(name: string, schema: string | null): KnownType | null {
    return this.#first(schema, (place) => find(this.typesIn(place), name));
  }

  /** What a value of a type may be, where that is little: labels of an enum, true and false. */
  valuesOf(written: string): Values | null {
    let type = written;
    for (let domains = 0; domains < MAX_DOMAINS; domains += 1) {
      if (type === "boolean") return { labels: ["true", "false"], type: written, isText: false };
      const known = this.#written(type);
      if (known?.kind === "e") return { labels: known.labels, type: written, isText: true };
      if (known?.base == null) return null;
      type = known.base;
    }
    return null;
  }

  /** The type that a text such as `shop."Mood"` names. */
  #written(text: string): KnownType | null {
    const [first, dot, second, more] = tokensOf(text, 0, text.length);
    if (!isName(first) || more) return null;
    if (!dot) return this.type(first.value, null);
    return isSymbol(dot, ".") && isName(second) ? this.type(second.value, first.value) : null;
  }

  #first<Found>(schema: string | null, find: (schema: string) => Found | null): Found | null {
    for (const place of schema === null ? this.searchPath : [schema]) {
      const found = find(place);
      if (found) return found;
    }
    return null;
  }
}

/** The few values of a type. */
export interface Values {
  readonly labels: readonly string[];
  /** As it was written. */
  readonly type: string;
  /** Whether they are written in quotes. */
  readonly isText: boolean;
}

/** The schemas of a path that are there: PostgreSQL's own are looked through first where the path does not say when. */
function schemasOf({ list, user }: SessionPath, known: readonly string[]): string[] {
  const named = [...list.matchAll(/"((?:[^"]|"")*)"|([^",\s]+)/g)]
    .map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare?.toLowerCase() ?? "")
    .map((name) => (name === "$user" ? user : name));
  const all = named.includes("pg_catalog") ? named : ["pg_catalog", ...named];
  return [...new Set(all)].filter((name) => known.includes(name));
}

/** In a list that is sorted by name. */
function find<Named extends { readonly name: string }>(sorted: readonly Named[], name: string): Named | null {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.name ?? "") < name) low = middle + 1;
    else high = middle;
  }
  const found = sorted[low];
  return found?.name === name ? found : null;
}

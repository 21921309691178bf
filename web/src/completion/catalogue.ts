import { type ServerNames, serverNames, UNKNOWN_SERVER } from "./serverNames";

/** A column of a relation. */
export interface KnownColumn {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
}

/** A table, view or the like. */
export interface KnownRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** `pg_class.relkind`. */
  readonly kind: string;
  readonly columns: readonly KnownColumn[];
}

/** A function, procedure or aggregate. */
export interface KnownFunction {
  /** Null where the server did not say. */
  readonly oid: number | null;
  readonly schema: string;
  readonly name: string;
  /** `pg_proc.prokind`. */
  readonly kind: string;
  readonly args: string;
  /** Null for procedures. */
  readonly result: string | null;
}

/** A type that somebody may write; not one of an array, nor of a table's rows. */
export interface KnownType {
  readonly schema: string;
  readonly name: string;
  /** `pg_type.typtype`. */
  readonly kind: string;
  /** Of an enum, in their order. */
  readonly labels: readonly string[];
  /** What a domain is over, as SQL names it; null for all others. */
  readonly base: string | null;
}

/** A foreign key: its columns and those that it refers to, in the same order. */
export interface KnownForeignKey {
  readonly from: number;
  readonly columns: readonly string[];
  readonly to: number;
  readonly referenced: readonly string[];
}

/** A schema as the API lists it. */
export interface SchemaHead {
  readonly oid: number;
  readonly name: string;
  readonly version: string;
  readonly search_place?: number | null;
}

interface KnownSchema {
  readonly head: SchemaHead;
  relations: KnownRelation[];
  functions: KnownFunction[];
  types: KnownType[];
}

/** All names of a database that an editor completes, changed schema by schema. */
export class Catalogue {
  readonly #schemas = new Map<string, KnownSchema>();
  #byOid = new Map<number, KnownRelation>();
  #keysOf = new Map<number, KnownForeignKey[]>();
  #keys = new Map<string, KnownForeignKey[]>();
  #ownPath: readonly string[] = [];
  #server: ServerNames = UNKNOWN_SERVER;

  /** Takes the list of schemas, drops what is gone, and returns those whose objects must be asked for. */
  update(heads: readonly SchemaHead[]): readonly SchemaHead[] {
    const names = new Set(heads.map(({ name }) => name));
    for (const name of this.#schemas.keys()) {
      if (!names.has(name)) this.#forget(name);
    }
    this.#ownPath = heads
      .filter(({ search_place: place }) => place != null)
      .sort((a, b) => (a.search_place ?? 0) - (b.search_place ?? 0))
      .map(({ name }) => name);
    return heads.filter(({ name, version, oid }) => {
      const known = this.#schemas.get(name);
      return known?.head.version !== version || known.head.oid !== oid;
    });
  }

  /** Puts in what the API answered for some schemas. Entries in a form that is not known are left out. */
  fill(heads: readonly SchemaHead[], objects: readonly (readonly unknown[])[]): void {
    const byOid = new Map(heads.map((head) => [head.oid, head.name]));
    for (const head of heads) {
      this.#forget(head.name);
      this.#schemas.set(head.name, { head, relations: [], functions: [], types: [] });
    }
    for (const object of objects) this.#take(object, byOid);
    for (const { name } of heads) {
      const schema = this.#schemas.get(name);
      schema?.relations.sort(byName);
      schema?.functions.sort(byName);
      schema?.types.sort(byName);
    }
    this.#index();
  }

  get schemaNames(): readonly string[] {
    return [...this.#schemas.keys()];
  }

  /** The search path that sessions begin with. */
  get ownPath(): readonly string[] {
    return this.#ownPath;
  }

  /** What is known of the server that the database is on. */
  get server(): ServerNames {
    return this.#server;
  }

  /** Puts in what the API answered for the server; `tag` tells later whether that has changed. */
  fillServer(objects: readonly (readonly unknown[])[], tag: string | null): void {
    this.#server = serverNames(objects, tag);
  }

  relationsIn(schema: string): readonly KnownRelation[] {
    return this.#schemas.get(schema)?.relations ?? [];
  }

  functionsIn(schema: string): readonly KnownFunction[] {
    return this.#schemas.get(schema)?.functions ?? [];
  }

  typesIn(schema: string): readonly KnownType[] {
    return this.#schemas.get(schema)?.types ?? [];
  }

  relationOf(oid: number): KnownRelation | null {
    return this.#byOid.get(oid) ?? null;
  }

  /** Foreign keys of a relation and those that refer to it. */
  keysOf(relation: KnownRelation): readonly KnownForeignKey[] {
    return this.#keysOf.get(relation.oid) ?? [];
  }

  #take(object: readonly unknown[], schemas: ReadonlyMap<number, string>): void {
    const [kind, first, second, third, fourth, fifth, sixth] = object;
    if (kind === "relation" && typeof first === "number" && typeof second === "number") {
      const schema = schemas.get(second);
      if (schema === undefined || typeof third !== "string" || !Array.isArray(fifth)) return;
      const columns = fifth.flatMap(columnOf);
      const relation = { oid: first, schema, name: third, kind: String(fourth), columns };
      this.#schemas.get(schema)?.relations.push(relation);
    } else if (kind === "function" && typeof first === "number" && typeof second === "string") {
      const schema = schemas.get(first);
      if (schema === undefined) return;
      const result = typeof fifth === "string" ? fifth : null;
      const oid = typeof sixth === "number" ? sixth : null;
      const made = { oid, schema, name: second, kind: String(third), args: String(fourth), result };
      this.#schemas.get(schema)?.functions.push(made);
    } else if (kind === "type" && typeof first === "number" && typeof second === "string") {
      const schema = schemas.get(first);
      if (schema === undefined) return;
      const base = typeof fourth === "string" ? fourth : null;
      const made = { schema, name: second, kind: String(third), labels: texts(fourth), base };
      this.#schemas.get(schema)?.types.push(made);
    } else if (kind === "foreign_key" && typeof first === "number" && typeof third === "number") {
      // Keys are found again by the schema of the relation that has them, which is the schema of the constraint.
      this.#pending.push({ from: first, columns: texts(second), to: third, referenced: texts(fourth) });
    }
  }

  #pending: KnownForeignKey[] = [];

  #forget(name: string): void {
    this.#schemas.delete(name);
    this.#keys.delete(name);
  }

  #index(): void {
    this.#byOid = new Map();
    for (const { relations } of this.#schemas.values()) {
      for (const relation of relations) this.#byOid.set(relation.oid, relation);
    }
    for (const key of this.#pending) {
      const schema = this.#byOid.get(key.from)?.schema;
      if (schema !== undefined) push(this.#keys, schema, key);
    }
    this.#pending = [];
    this.#keysOf = new Map();
    for (const key of [...this.#keys.values()].flat()) {
      push(this.#keysOf, key.from, key);
      if (key.to !== key.from) push(this.#keysOf, key.to, key);
    }
  }
}

function columnOf(value: unknown): KnownColumn[] {
  if (!Array.isArray(value)) return [];
  const [name, type, notNull] = value as unknown[];
  return typeof name === "string" ? [{ name, type: String(type), notNull: notNull === true }] : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

import { answer, client } from "./client";
import type {
  ColumnList,
  CompletionObjects,
  CompletionSchemaList,
  DatabaseList,
  FoundText,
  NamedObject,
  ObjectCount,
  ObjectList,
  ObjectPage,
  ObjectPlace,
  SchemaList,
  TypeName,
} from "./types";

/** Which part of a list: after a cursor, and only names that contain the filter. */
export interface Page {
  cursor?: string;
  filter?: string;
}

/** One page: small enough to arrive in one packet train, large enough that scrolling rarely waits. */
const LIMIT = 500;

export function fetchDatabases(id: string, page: Page): Promise<DatabaseList> {
  const query = { ...page, limit: LIMIT };
  return answer(client.GET("/api/v1/servers/{id}/databases", { params: { path: { id }, query } }));
}

export function fetchSchemas(id: string, db: string, page: Page): Promise<SchemaList> {
  const query = { ...page, limit: LIMIT };
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/schemas", { params: { path: { id, db }, query } }),
  );
}

/** Which objects: their kind, and the oid of what they are in. */
export interface ObjectsOf {
  kind: string;
  of: number | null;
}

/** A page of objects, and what says later whether it has changed. */
export interface ObjectsPage {
  list: ObjectList;
  tag: string | null;
}

/** Objects of a kind; null where nothing has changed since the answer with the tag `known`. */
export async function fetchObjects(
  id: string,
  db: string,
  { kind, of }: ObjectsOf,
  page: Page & { limit?: number },
  known: string | null = null,
): Promise<ObjectsPage | null> {
  const query = { limit: LIMIT, ...page, kind, ...(of !== null && { of }) };
  const headers = known === null ? {} : { "if-none-match": known };
  const asked = client.GET("/api/v1/servers/{id}/databases/{db}/objects", {
    params: { path: { id, db }, query },
    headers,
  });
  const { response } = await asked;
  if (response.status === 304) return null;
  return { list: await answer(asked), tag: response.headers.get("etag") };
}

/** How many objects of each kind there are below something. */
export async function fetchCounts(
  id: string,
  db: string,
  within: ObjectPlace,
  of: number | null,
): Promise<ObjectCount[]> {
  const query = { within, ...(of !== null && { of }) };
  const { counts } = await answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/objects/counts", { params: { path: { id, db }, query } }),
  );
  return counts;
}

export function fetchColumns(id: string, db: string, oid: number): Promise<ColumnList> {
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/relations/{oid}/columns", {
      params: { path: { id, db, oid } },
    }),
  );
}

/** All that PostgreSQL says of an object. Its address is catalog and oid, as in `pg_class/16384`. */
export function fetchObject(id: string, db: string, address: string): Promise<ObjectPage> {
  const [catalog = "", oid = "0"] = address.split("/");
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/objects/{catalog}/{oid}", {
      params: { path: { id, db, catalog, oid: Number(oid) } },
    }),
  );
}

/** The objects in whose bodies or comments a text stands. */
export async function searchText(id: string, db: string, text: string): Promise<FoundText[]> {
  const list = await answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/objects/search", {
      params: { path: { id, db }, query: { text } },
    }),
  );
  return list.found;
}

/** The objects whose names have these letters, the best first. */
export async function findObjectNames(
  id: string,
  db: string,
  { text, kinds, limit }: { text: string; kinds: readonly string[]; limit: number },
): Promise<NamedObject[]> {
  const query = { text, limit, ...(kinds.length > 0 && { kinds: kinds.join(",") }) };
  const list = await answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/objects/names", { params: { path: { id, db }, query } }),
  );
  return list.objects;
}

/** Names of types that are not built in. */
export async function fetchTypes(id: string, db: string, oids: readonly number[]): Promise<TypeName[]> {
  const query = { oids: oids.join(",") };
  const list = await answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/types", { params: { path: { id, db }, query } }),
  );
  return list.types;
}

/** The schemas whose names an editor completes, with their versions. */
export function fetchCompletionSchemas(id: string, db: string): Promise<CompletionSchemaList> {
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/completion", { params: { path: { id, db } } }),
  );
}

/** What is completed of the server itself; null where nothing has changed since the answer with the tag `known`. */
export async function fetchCompletionServer(
  id: string,
  db: string,
  known: string | null,
): Promise<{ objects: CompletionObjects["objects"]; tag: string | null } | null> {
  const headers = known === null ? {} : { "if-none-match": known };
  const asked = client.GET("/api/v1/servers/{id}/databases/{db}/completion/server", {
    params: { path: { id, db } },
    headers,
  });
  const { response } = await asked;
  if (response.status === 304) return null;
  const { objects } = await answer(asked);
  return { objects, tag: response.headers.get("etag") };
}

/** What is completed of some schemas. */
export function fetchCompletionObjects(
  id: string,
  db: string,
  oids: readonly number[],
): Promise<CompletionObjects> {
  const query = { schemas: oids.join(",") };
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/completion/objects", {
      params: { path: { id, db }, query },
    }),
  );
}

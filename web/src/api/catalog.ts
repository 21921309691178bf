import { answer, client } from "./client";
import type {
  ColumnList,
  CompletionObjects,
  CompletionSchemaList,
  DatabaseList,
  RelationGroup,
  RelationList,
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

export function fetchRelations(
  id: string,
  db: string,
  schema: string,
  group: RelationGroup,
  page: Page,
): Promise<RelationList> {
  const query = { ...page, group, limit: LIMIT };
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/schemas/{schema}/relations", {
      params: { path: { id, db, schema }, query },
    }),
  );
}

export function fetchColumns(id: string, db: string, oid: number): Promise<ColumnList> {
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/relations/{oid}/columns", {
      params: { path: { id, db, oid } },
    }),
  );
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

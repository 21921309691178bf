import { answer, client } from "./client";
import type { DdlForm, DdlScript } from "./types";

/** Where an object is: the database to ask, and the row of a system catalog. */
export interface ObjectAt {
  readonly serverId: string;
  readonly database: string;
  readonly catalog: string;
  readonly oid: number;
}

/** An object as SQL, with all that belongs to it. */
export function fetchDdl(at: ObjectAt, form: DdlForm = "create"): Promise<DdlScript> {
  const path = { id: at.serverId, db: at.database, catalog: at.catalog, oid: at.oid };
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/objects/{catalog}/{oid}/ddl", {
      params: { path, query: { form } },
    }),
  );
}

/** All that a database holds as SQL, in an order that runs. */
export function fetchDatabaseDdl(serverId: string, database: string): Promise<DdlScript> {
  const path = { id: serverId, db: database };
  return answer(client.GET("/api/v1/servers/{id}/databases/{db}/ddl", { params: { path } }));
}

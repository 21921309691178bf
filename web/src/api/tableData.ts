import { answer, client } from "./client";
import type { ChangePreview, ChangeReport, RowChange, TableLock, TableShape } from "./types";

/** A table of a database of a server. */
export interface TablePlace {
  readonly serverId: string;
  readonly database: string;
  readonly oid: number;
}

export function fetchShape(place: TablePlace): Promise<TableShape> {
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/relations/{oid}/shape", { params: pathOf(place) }),
  );
}

/** The statements that changes would run. */
export function previewChanges(place: TablePlace, changes: RowChange[]): Promise<ChangePreview> {
  return answer(
    client.POST("/api/v1/servers/{id}/databases/{db}/relations/{oid}/changes/preview", {
      params: pathOf(place),
      body: { changes },
    }),
  );
}

/** Makes changes, all of them or none. On a server that is read only by default it has to be said why. */
export function applyChanges(
  place: TablePlace,
  changes: RowChange[],
  reason: string | null,
): Promise<ChangeReport> {
  return answer(
    client.POST("/api/v1/servers/{id}/databases/{db}/relations/{oid}/changes", {
      params: pathOf(place),
      body: { changes, ...(reason !== null && { reason }) },
    }),
  );
}

/** Who keeps everybody from reading a table. */
export function fetchLock(place: TablePlace): Promise<TableLock> {
  return answer(
    client.GET("/api/v1/servers/{id}/databases/{db}/relations/{oid}/lock", { params: pathOf(place) }),
  );
}

/** The text of the one value that a query answers, however long. */
export async function fetchValue(
  { serverId, database }: Pick<TablePlace, "serverId" | "database">,
  sql: string,
  signal: AbortSignal,
): Promise<string> {
  const text: unknown = await answer<unknown>(
    client.POST("/api/v1/servers/{id}/databases/{db}/export", {
      params: { path: { id: serverId, db: database } },
      body: { sql, format: "raw" },
      parseAs: "text",
      signal,
    }),
  );
  return typeof text === "string" ? text : "";
}

function pathOf({ serverId, database, oid }: TablePlace) {
  return { path: { id: serverId, db: database, oid } };
}

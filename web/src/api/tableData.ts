import { answer, client } from "./client";
import type { ChangePreview, ChangeReport, RowChange, TableShape } from "./types";

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

/** Makes changes, all of them or none. */
export function applyChanges(place: TablePlace, changes: RowChange[]): Promise<ChangeReport> {
  return answer(
    client.POST("/api/v1/servers/{id}/databases/{db}/relations/{oid}/changes", {
      params: pathOf(place),
      body: { changes },
    }),
  );
}

function pathOf({ serverId, database, oid }: TablePlace) {
  return { path: { id: serverId, db: database, oid } };
}

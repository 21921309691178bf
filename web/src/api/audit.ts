import { answer, client } from "./client";
import type { AuditList, AuditQuery } from "./types";

export function fetchAudit(filter: AuditQuery, cursor: string | null): Promise<AuditList> {
  const query = { limit: 100, ...filter, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/admin/audit", { params: { query } }));
}

/** Where all events that the filter finds are downloaded. */
export function auditDownload(filter: AuditQuery): string {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => typeof value === "string"));
  return `/api/v1/admin/audit/download?${query}`;
}

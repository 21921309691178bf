import { answer, client } from "./client";
import type { AuditList, AuditQuery } from "./types";

export function fetchAudit(filter: AuditQuery, cursor: string | null): Promise<AuditList> {
  const query = { limit: 100, ...filter, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/admin/audit", { params: { query } }));
}

/** Has the browser save all events that the filter finds. */
export function downloadAudit(filter: AuditQuery): void {
  const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => typeof value === "string"));
  const link = document.createElement("a");
  link.href = `/api/v1/admin/audit/download?${query}`;
  link.download = "";
  link.click();
}

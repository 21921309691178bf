import { answer, client } from "./client";

/** Asks for a query session as for a page: the answer is always a problem, which tells whether it is there. */
export async function askForSession(
  serverId: string,
  database: string,
  session: string,
  replica: string,
): Promise<void> {
  const path = { id: serverId, db: database };
  const params = { path, query: { session, replica } };
  await answer(client.GET("/api/v1/servers/{id}/databases/{db}/session", { params }));
}

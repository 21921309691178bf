import { answer, client } from "./client";
import type {
  Connected,
  ConnectRequest,
  ConnectionTest,
  ConnectionTestReport,
  CredentialChoices,
  PgadminExport,
  PgadminServers,
  Server,
  ServerChange,
  ServerDefinition,
} from "./types";

/** All servers: a person has tens of them, so the pages are read to their end. */
export async function fetchServers(): Promise<Server[]> {
  const servers: Server[] = [];
  let cursor: string | undefined;
  do {
    const page = await answer(
      client.GET("/api/v1/servers", { params: { query: cursor === undefined ? {} : { cursor } } }),
    );
    servers.push(...page.servers);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return servers;
}

export function addServer(definition: ServerDefinition): Promise<Server> {
  return answer(client.POST("/api/v1/servers", { body: definition }));
}

/** What servers that pgAdmin exported would be here. */
export function readPgadminServers(file: PgadminExport): Promise<PgadminServers> {
  return answer(client.POST("/api/v1/pgadmin-servers", { body: file }));
}

export function changeServer(id: string, change: ServerChange): Promise<Server> {
  return answer(client.PATCH("/api/v1/servers/{id}", { params: { path: { id } }, body: change }));
}

export async function removeServer(id: string): Promise<void> {
  await answer(client.DELETE("/api/v1/servers/{id}", { params: { path: { id } } }));
}

export function fetchServer(id: string): Promise<Server> {
  return answer(client.GET("/api/v1/servers/{id}", { params: { path: { id } } }));
}

export function connect(id: string, body: ConnectRequest = {}): Promise<Connected> {
  return answer(client.POST("/api/v1/servers/{id}/connect", { params: { path: { id } }, body }));
}

export async function disconnect(id: string): Promise<void> {
  await answer(client.POST("/api/v1/servers/{id}/disconnect", { params: { path: { id } } }));
}

export function testConnection(test: ConnectionTest, signal?: AbortSignal): Promise<ConnectionTestReport> {
  return answer(client.POST("/api/v1/connection-tests", { body: test, signal: signal ?? null }));
}

export function fetchCredentialChoices(): Promise<CredentialChoices> {
  return answer(client.GET("/api/v1/credential-choices"));
}

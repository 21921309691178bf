import { answer, client } from "./client";
import type {
  AdministrationSummary,
  AllSessionList,
  IdentityName,
  NewPerson,
  OpenConnectionList,
  PeopleList,
  PeopleQuery,
  Person,
  PersonChange,
  ProviderHealth,
  RefusedSignInList,
  RemovedPerson,
  SharedServerList,
} from "./types";

/** Entries that are asked for at a time. */
const LIMIT = 100;

export function fetchSummary(): Promise<AdministrationSummary> {
  return answer(client.GET("/api/v1/admin/summary"));
}

export function fetchPeople(filter: PeopleQuery, cursor: string | null): Promise<PeopleList> {
  const query = { limit: LIMIT, ...filter, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/admin/people", { params: { query } }));
}

export function fetchPerson(id: string): Promise<Person> {
  return answer(client.GET("/api/v1/admin/people/{id}", { params: { path: { id } } }));
}

export function addPerson(body: NewPerson): Promise<Person> {
  return answer(client.POST("/api/v1/admin/people", { body }));
}

export function changePerson(id: string, body: PersonChange): Promise<Person> {
  return answer(client.PATCH("/api/v1/admin/people/{id}", { params: { path: { id } }, body }));
}

/** Removes a person; servers that others see go to the person with the id `heir`. */
export function removePerson(id: string, heir: string | null): Promise<RemovedPerson> {
  const query = heir === null ? {} : { servers_to: heir };
  return answer(client.DELETE("/api/v1/admin/people/{id}", { params: { path: { id }, query } }));
}

/** Gives a person a new password, and says how many of their sessions ended. */
export async function resetPassword(id: string, password: string): Promise<number> {
  const body = { new_password: password };
  return (await answer(client.POST("/api/v1/admin/people/{id}/password", { params: { path: { id } }, body })))
    .ended;
}

/** Ends all sessions of a person, and says how many these were. */
export async function endSessionsOf(id: string): Promise<number> {
  return (await answer(client.DELETE("/api/v1/admin/people/{id}/sessions", { params: { path: { id } } })))
    .ended;
}

export function linkIdentity(id: string, body: IdentityName): Promise<Person> {
  return answer(client.POST("/api/v1/admin/people/{id}/identities", { params: { path: { id } }, body }));
}

export function unlinkIdentity(id: string, query: IdentityName): Promise<Person> {
  return answer(client.DELETE("/api/v1/admin/people/{id}/identities", { params: { path: { id }, query } }));
}

export function fetchRefused(cursor: string | null): Promise<RefusedSignInList> {
  const query = { limit: LIMIT, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/admin/refused-sign-ins", { params: { query } }));
}

export async function dismissRefused(query: IdentityName): Promise<void> {
  await answer(client.DELETE("/api/v1/admin/refused-sign-ins", { params: { query } }));
}

export function fetchAllSessions(search: string, cursor: string | null): Promise<AllSessionList> {
  const query = { limit: LIMIT, search, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/admin/sessions", { params: { query } }));
}

export async function endAnySession(id: string): Promise<void> {
  await answer(client.DELETE("/api/v1/admin/sessions/{id}", { params: { path: { id } } }));
}

export async function fetchProviders(): Promise<ProviderHealth[]> {
  return (await answer(client.GET("/api/v1/admin/providers"))).providers;
}

export function fetchSharedServers(cursor: string | null): Promise<SharedServerList> {
  const query = { limit: LIMIT, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/admin/servers", { params: { query } }));
}

export function fetchConnections(search: string, cursor: string | null): Promise<OpenConnectionList> {
  const query = { limit: LIMIT, search, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/admin/connections", { params: { query } }));
}

export async function closeConnection(id: string): Promise<void> {
  await answer(client.DELETE("/api/v1/admin/connections/{id}", { params: { path: { id } } }));
}

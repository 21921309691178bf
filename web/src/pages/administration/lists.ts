import { queryOptions } from "@tanstack/react-query";
import {
  fetchAllSessions,
  fetchConnections,
  fetchPeople,
  fetchPerson,
  fetchProviders,
  fetchRefused,
  fetchSharedServers,
  fetchSummary,
} from "~/api/administration";
import { fetchAudit } from "~/api/audit";
import type { AuditQuery, PeopleQuery } from "~/api/types";
import { queryClient } from "~/app/queryClient";

/** All that administrators have asked for stands below this, and is asked again when one of them has done something. */
const KEY = "administration";

export const summaryQuery = queryOptions({
  queryKey: [KEY, "summary"],
  queryFn: fetchSummary,
  staleTime: 0,
});

export const peopleQuery = (filter: PeopleQuery) =>
  paged(["people", filter], (at) => fetchPeople(filter, at));

export const personQuery = (id: string) =>
  queryOptions({ queryKey: [KEY, "person", id], queryFn: () => fetchPerson(id), staleTime: 0 });

export const refusedQuery = paged(["refused"], fetchRefused);

export const allSessionsQuery = (search: string) =>
  paged(["sessions", search], (at) => fetchAllSessions(search, at));

export const providersQuery = queryOptions({
  queryKey: [KEY, "providers"],
  queryFn: fetchProviders,
  staleTime: 0,
});

export const sharedServersQuery = paged(["servers"], fetchSharedServers);

export const connectionsQuery = (search: string) =>
  paged(["connections", search], (at) => fetchConnections(search, at));

export const auditQuery = (filter: AuditQuery) => paged(["audit", filter], (at) => fetchAudit(filter, at));

/** Asks again for what is shown: something has changed. */
export function rereadAll(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: [KEY] });
}

/** A list that is read in parts, each behind the `next_cursor` of the one before. */
function paged<Part extends { next_cursor?: string | null }>(
  key: readonly unknown[],
  read: (cursor: string | null) => Promise<Part>,
) {
  return {
    queryKey: [KEY, ...key],
    queryFn: ({ pageParam }: { pageParam: string | null }) => read(pageParam),
    initialPageParam: null,
    getNextPageParam: (last: Part) => last.next_cursor ?? undefined,
  };
}

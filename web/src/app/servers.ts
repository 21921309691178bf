import { queryOptions, useQuery } from "@tanstack/react-query";
import { fetchServers } from "~/api/servers";
import type { Environment, Server } from "~/api/types";
import { queryClient } from "./queryClient";

export const serversQuery = queryOptions({
  queryKey: ["servers"],
  queryFn: fetchServers,
  // What is shared with a person changes with their groups.
  refetchInterval: 60_000,
});

const none: readonly Server[] = [];

/** The servers that the person may see; empty until they are known. */
export function useServers(): readonly Server[] {
  return useQuery(serversQuery).data ?? none;
}

export function useServer(id: string | null): Server | undefined {
  return useServers().find((server) => server.id === id);
}

export function knownServer(id: string): Server | undefined {
  return queryClient.getQueryData(serversQuery.queryKey)?.find((server) => server.id === id);
}

export function environmentOf(server: Server | undefined): Environment {
  return server?.environment ?? "unmarked";
}

/** Takes what the server answered about one server into the list, without asking for the whole again. */
export function rememberServer(server: Server): void {
  queryClient.setQueryData(serversQuery.queryKey, (known) => {
    if (!known) return known;
    const others = known.filter(({ id }) => id !== server.id);
    return [...others, server].sort(byGroupAndName);
  });
}

export function forgetServer(id: string): void {
  queryClient.setQueryData(serversQuery.queryKey, (known) => known?.filter((server) => server.id !== id));
}

export function setConnected(id: string, connected: boolean): void {
  const server = knownServer(id);
  if (server && server.connected !== connected) rememberServer({ ...server, connected });
}

export function groupOf(server: Server): string {
  return server.group ?? "Servers";
}

const collator = new Intl.Collator("en", { numeric: true });

function byGroupAndName(a: Server, b: Server): number {
  return collator.compare(groupOf(a), groupOf(b)) || collator.compare(a.name, b.name);
}

import { create } from "zustand";
import { fetchColumns, fetchDatabases, fetchRelations, fetchSchemas } from "~/api/catalog";
import { problemFrom } from "~/api/problem";
import type { Problem } from "~/api/types";
import { connectServer, withCredential } from "~/app/connect";
import { ConnectCancelled } from "~/app/interaction";
import { setConnected } from "~/app/servers";
import { columnNode, databaseNode, type Node, type ParentNode, relationNode, schemaNode } from "./nodes";

/** The children of a node, as far as they have been asked for. */
export interface List {
  readonly items: readonly Node[];
  /** Where the next page begins; null when everything is here. */
  readonly next: string | null;
  readonly state: "loading" | "ready" | "failed";
  /** Why the last request failed. */
  readonly problem: Problem | null;
}

interface Catalog {
  readonly lists: Readonly<Record<string, List>>;
}

/** What is known of the servers' insides: the one cache behind tree and palette. */
export const useCatalog = create<Catalog>()(() => ({ lists: {} }));

/** The key of a node's children; with a filter, of those that the server found for it. */
export function listKey(parentId: string, filter = ""): string {
  return filter === "" ? parentId : `${parentId}?${filter}`;
}

/** Whose children each list holds. */
const parents = new Map<string, ParentNode>();

/** Counts requests of a list, so that an answer that was overtaken is not taken in. */
const generations = new Map<string, number>();

/** Asks for a node's children unless they are here or on their way. Connects to a server on the way. */
export function load(parent: ParentNode, filter = ""): Promise<void> {
  const list = listOf(parent, filter);
  if (list && list.state !== "failed") return Promise.resolve();
  return request(parent, filter, null);
}

/** Asks for the next page. */
export function loadMore(parent: ParentNode, filter = ""): Promise<void> {
  const list = listOf(parent, filter);
  if (!list || list.next === null || list.state !== "ready") return Promise.resolve();
  return request(parent, filter, list.next);
}

/** Asks again; what is shown stays until the answer is here. */
export function refresh(parent: ParentNode): Promise<void> {
  return request(parent, "", null);
}

/** Forgets what the server found for filters other than the one that is typed now. */
export function keepFilter(filter: string): void {
  useCatalog.setState(({ lists }) => {
    const kept = Object.entries(lists).filter(([key]) => !key.includes("?") || key.endsWith(`?${filter}`));
    return { lists: Object.fromEntries(kept) };
  });
}

/** Asks again for every list that is here, as far down as it was open. */
export function refreshOpen(): void {
  const { lists } = useCatalog.getState();
  for (const key of Object.keys(lists)) if (key.includes("?")) forgetBelow(key);
  for (const parent of parents.values()) if (parent.id in lists) void refresh(parent);
}

/** Tries again what failed: the first page, or the one that did not come. */
export function retry(parent: ParentNode, filter = ""): Promise<void> {
  return request(parent, filter, listOf(parent, filter)?.next ?? null);
}

/** Forgets everything below a node. */
export function forgetBelow(parentId: string): void {
  for (const key of generations.keys()) if (isBelow(key, parentId)) bump(key);
  useCatalog.setState(({ lists }) => ({
    lists: Object.fromEntries(Object.entries(lists).filter(([key]) => !isBelow(key, parentId))),
  }));
}

function isBelow(key: string, parentId: string): boolean {
  return key === parentId || key.startsWith(`${parentId}/`) || key.startsWith(`${parentId}?`);
}

async function request(parent: ParentNode, filter: string, cursor: string | null): Promise<void> {
  const key = listKey(parent.id, filter);
  const generation = bump(key);
  parents.set(parent.id, parent);
  const known = useCatalog.getState().lists[key];
  put(key, { items: known?.items ?? [], next: known?.next ?? null, state: "loading", problem: null });
  try {
    const page = await fetchPage(parent, {
      ...(filter === "" ? {} : { filter }),
      ...(cursor === null ? {} : { cursor }),
    });
    if (generations.get(key) !== generation) return;
    const before = cursor === null ? [] : (useCatalog.getState().lists[key]?.items ?? []);
    put(key, { items: [...before, ...page.items], next: page.next, state: "ready", problem: null });
  } catch (thrown) {
    if (generations.get(key) !== generation) return;
    if (thrown instanceof ConnectCancelled && parent.kind === "server") {
      setConnected(parent.server.id, false);
      forgetBelow(parent.id);
      return;
    }
    const list = useCatalog.getState().lists[key];
    put(key, {
      items: list?.items ?? [],
      next: list?.next ?? null,
      state: "failed",
      problem: thrown instanceof ConnectCancelled ? CANCELLED : problemFrom(thrown),
    });
  }
}

/** What is open below a server stays open, so it says why there is nothing instead of asking once more by itself. */
const CANCELLED: Problem = {
  type: "about:blank",
  status: 0,
  title: "Cancelled",
  detail: "Not connected: you cancelled the sign-in for this server.",
  code: "cancelled",
};

interface NodePage {
  items: Node[];
  next: string | null;
}

async function fetchPage(parent: ParentNode, page: { cursor?: string; filter?: string }): Promise<NodePage> {
  switch (parent.kind) {
    case "server": {
      const { id, connected } = parent.server;
      if (!connected) await connectServer(id);
      const list = await withCredential(id, () => fetchDatabases(id, page));
      setConnected(id, true);
      return {
        items: list.databases.map((database) => databaseNode(id, database)),
        next: list.next_cursor ?? null,
      };
    }
    case "database": {
      const { serverId, database } = parent;
      const list = await withCredential(serverId, () => fetchSchemas(serverId, database.name, page));
      return {
        items: list.schemas.map((schema) => schemaNode(parent, schema)),
        next: list.next_cursor ?? null,
      };
    }
    case "folder": {
      const { serverId, database, schema, group } = parent;
      const list = await withCredential(serverId, () =>
        fetchRelations(serverId, database, schema, group, page),
      );
      return {
        items: list.relations.map((relation) => relationNode(parent, relation)),
        next: list.next_cursor ?? null,
      };
    }
    case "relation": {
      const { serverId, database, relation } = parent;
      const list = await withCredential(serverId, () => fetchColumns(serverId, database, relation.oid));
      return { items: list.columns.map((column) => columnNode(parent, column)), next: null };
    }
  }
}

function listOf(parent: ParentNode, filter: string): List | undefined {
  return useCatalog.getState().lists[listKey(parent.id, filter)];
}

function put(key: string, list: List): void {
  useCatalog.setState(({ lists }) => ({ lists: { ...lists, [key]: list } }));
}

function bump(key: string): number {
  const next = (generations.get(key) ?? 0) + 1;
  generations.set(key, next);
  return next;
}

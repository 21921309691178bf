import { create } from "zustand";
import { fetchCounts, fetchDatabases, fetchObjects, fetchSchemas } from "~/api/catalog";
import { problemFrom } from "~/api/problem";
import type { Problem, Server } from "~/api/types";
import { connectServer, withCredential } from "~/app/connect";
import { ConnectCancelled } from "~/app/interaction";
import { knownServer, setConnected } from "~/app/servers";
import {
  databaseNode,
  type FolderNode,
  folderNodes,
  isParent,
  type Node,
  objectNode,
  type ObjectNode,
  type ParentNode,
  placeIn,
  schemaNode,
  serverNode,
  serverNodeId,
} from "./nodes";

/** The children of a node, as far as they have been asked for. */
export interface List {
  readonly items: readonly Node[];
  /** The kinds of other objects that are below the node as well. */
  readonly folders: readonly FolderNode[];
  /** Where the next page begins; null when everything is here. */
  readonly next: string | null;
  /** What the server is told when it is asked whether the list has changed; null where it cannot say. */
  readonly tag: string | null;
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

/** Asks for what is below a node, so far that one child is here. False when the node or the child is not. */
export async function loadChild(server: Server, parentId: string, childId: string): Promise<boolean> {
  const parent = parentId === serverNodeId(server.id) ? serverNode(server) : nodeOf(parentId);
  if (!parent || !isParent(parent)) return false;
  for (let page = 0; page < PAGES_TO_A_CHILD; page += 1) {
    await (page === 0 ? load(parent) : loadMore(parent));
    const list = await settled(parent.id);
    if (!list || list.state === "failed") return false;
    if ([...list.items, ...list.folders].some(({ id }) => id === childId)) return true;
    if (list.next === null) return false;
  }
  return false;
}

const PAGES_TO_A_CHILD = 100;

function nodeOf(id: string): Node | undefined {
  const lists = Object.values(useCatalog.getState().lists);
  return lists.flatMap(({ items, folders }) => [...items, ...folders]).find((node) => node.id === id);
}

/** A list once it is not on its way any more; undefined when it was forgotten meanwhile. */
function settled(key: string): Promise<List | undefined> {
  return new Promise((resolve) => {
    const look = ({ lists }: Catalog) => {
      if (lists[key]?.state === "loading") return false;
      resolve(lists[key]);
      return true;
    };
    if (look(useCatalog.getState())) return;
    const stop = useCatalog.subscribe((state) => look(state) && stop());
  });
}

let lookedAgainAt = 0;
const LOOK_AGAIN_MS = 10_000;

/**
 * Asks whether the lists that are open have changed, as when the person comes back to the window. Only what PostgreSQL
 * can say by a hash is asked, of servers that are connected, and whatever fails is left as it is.
 */
export async function lookAgain(expanded: ReadonlySet<string>): Promise<void> {
  const now = performance.now();
  if (now - lookedAgainAt < LOOK_AGAIN_MS) return;
  lookedAgainAt = now;
  for (const parent of parents.values()) {
    const list = listOf(parent, "");
    if (parent.kind !== "folder" || list?.state !== "ready" || list.tag === null) continue;
    if (!expanded.has(parent.id) || !knownServer(parent.serverId)?.connected) continue;
    const generation = generations.get(parent.id);
    const found = await fetchObjects(
      parent.serverId,
      parent.database,
      { kind: parent.objects, of: parent.of },
      {},
      list.tag,
    ).catch(() => null);
    if (found === null || generations.get(parent.id) !== generation) continue;
    const items = found.list.items.map((object) => objectNode(parent, object));
    takeIn(parent.id, { items, folders: null, next: found.list.next_cursor ?? null, tag: found.tag }, false);
  }
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
  const known = useCatalog.getState().lists[key] ?? NOTHING;
  put(key, { ...known, state: "loading", problem: null });
  try {
    const page = await fetchPage(parent, {
      ...(filter === "" ? {} : { filter }),
      ...(cursor === null ? {} : { cursor }),
    });
    if (generations.get(key) !== generation) return;
    takeIn(key, page, cursor !== null);
  } catch (thrown) {
    if (generations.get(key) !== generation) return;
    if (thrown instanceof ConnectCancelled && parent.kind === "server") {
      setConnected(parent.server.id, false);
      forgetBelow(parent.id);
      return;
    }
    const problem = thrown instanceof ConnectCancelled ? CANCELLED : problemFrom(thrown);
    put(key, { ...(useCatalog.getState().lists[key] ?? NOTHING), state: "failed", problem });
  }
}

const NOTHING: List = { items: [], folders: [], next: null, tag: null, state: "loading", problem: null };

/** Puts a page in place of a list, or behind what is here of it. */
function takeIn(key: string, { items, folders, next, tag }: NodePage, further: boolean): void {
  const list = useCatalog.getState().lists[key];
  put(key, {
    items: further ? [...(list?.items ?? []), ...items] : items,
    folders: folders ?? list?.folders ?? [],
    next,
    // A tag says something of a list that came in one piece.
    tag: further ? null : tag,
    state: "ready",
    problem: null,
  });
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
  /** Null where they were not asked for. */
  folders: FolderNode[] | null;
  next: string | null;
  tag: string | null;
}

interface PageRequest {
  cursor?: string;
  filter?: string;
}

async function fetchPage(parent: ParentNode, page: PageRequest): Promise<NodePage> {
  if (parent.kind === "server") {
    const { id, connected } = parent.server;
    if (!connected) await connectServer(id);
    const answer = await withCredential(id, () => fetchChildren(parent, page));
    setConnected(id, true);
    return answer;
  }
  return withCredential(parent.serverId, () => fetchChildren(parent, page));
}

/** What is directly below a node, and with the first page also which folders there are. */
async function fetchChildren(parent: ParentNode, page: PageRequest): Promise<NodePage> {
  const first = page.cursor === undefined && page.filter === undefined;
  const [{ items, next, tag }, folders] = await Promise.all([
    fetchItems(parent, page),
    first && parent.kind !== "folder" ? fetchFolders(parent) : null,
  ]);
  return { items, next, tag, folders };
}

async function fetchItems(parent: ParentNode, page: PageRequest): Promise<Omit<NodePage, "folders">> {
  switch (parent.kind) {
    case "server": {
      const { id } = parent.server;
      const list = await fetchDatabases(id, page);
      const items = list.databases.map((database) => databaseNode(id, database));
      return { items, next: list.next_cursor ?? null, tag: null };
    }
    case "database": {
      const list = await fetchSchemas(parent.serverId, parent.database.name, page);
      const items = list.schemas.map((schema) => schemaNode(parent, schema));
      return { items, next: list.next_cursor ?? null, tag: null };
    }
    case "schema":
      return { items: [], next: null, tag: null };
    case "folder":
      return fetchOf(parent, parent.objects, parent.of, page);
    case "object":
      if (placeIn(parent) !== "relation") return { items: [], next: null, tag: null };
      return fetchOf(parent, "column", parent.object.oid, page);
  }
}

async function fetchOf(
  parent: FolderNode | ObjectNode,
  kind: string,
  of: number | null,
  page: PageRequest,
): Promise<Omit<NodePage, "folders">> {
  const found = await fetchObjects(parent.serverId, parent.database, { kind, of }, page);
  const list = found?.list ?? { items: [] };
  const items = list.items.map((object) => objectNode(parent, object));
  return { items, next: list.next_cursor ?? null, tag: found?.tag ?? null };
}

async function fetchFolders(parent: Exclude<ParentNode, FolderNode>): Promise<FolderNode[]> {
  switch (parent.kind) {
    case "server": {
      const { id, maintenance_db: database } = parent.server;
      return folderNodes(parent, await fetchCounts(id, database ?? "postgres", "server", null));
    }
    case "database":
      return folderNodes(parent, await fetchCounts(parent.serverId, parent.database.name, "database", null));
    case "schema":
      return folderNodes(
        parent,
        await fetchCounts(parent.serverId, parent.database, "schema", parent.schema.oid),
      );
    case "object": {
      const place = placeIn(parent);
      if (place === null) return [];
      return folderNodes(
        parent,
        await fetchCounts(parent.serverId, parent.database, place, parent.object.oid),
      );
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

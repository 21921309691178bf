import type { Problem, Server } from "~/api/types";
import { groupOf } from "~/app/servers";
import { type List, listKey } from "./catalog";
import { kindWords } from "./kinds";
import { groupNode, isParent, labelOf, type Node, type ParentNode, placeIn, serverNode } from "./nodes";

/** One line of the tree as it is shown. */
export type Row =
  | NodeRow
  /** In place of children that are on their way, or to be asked for now. */
  | { kind: "loading"; id: string; level: number; parent: ParentNode; filter: string }
  /** More of a list; it is asked for when this line comes into sight. */
  | { kind: "more"; id: string; level: number; parent: ParentNode; filter: string }
  | { kind: "failed"; id: string; level: number; parent: ParentNode; filter: string; problem: Problem }
  /** What the person must do before what is below a node can be asked for. */
  | { kind: "prompt"; id: string; level: number; parent: ParentNode; serverId: string }
  /** Says that there is nothing, and what would be here. */
  | { kind: "note"; id: string; level: number; text: string };

export interface NodeRow {
  kind: "node";
  id: string;
  node: Node;
  /** From 1, as `aria-level` counts. */
  level: number;
  /** Null: nothing is below it. */
  expanded: boolean | null;
  position: number;
  /** -1 while it is not known how many there are. */
  setSize: number;
}

export interface TreeInput {
  servers: readonly Server[];
  lists: Readonly<Record<string, List>>;
  expanded: ReadonlySet<string>;
  closedGroups: ReadonlySet<string>;
  filter: string;
  /** The servers that wait for the person. */
  waiting: ReadonlySet<string>;
}

const SKELETONS_AT_MOST = 6;

/** The lines of the tree, from what is known and what is open. */
export function flatten(input: TreeInput): Row[] {
  const filter = input.filter.trim().toLowerCase();
  const rows: Row[] = [];
  const groups = byGroup(input.servers);
  const walk: Walk = { ...input, filter, rows, prompted: new Set() };
  let position = 0;
  for (const [name, servers] of groups) {
    const node = groupNode(name);
    const open = filter !== "" || !input.closedGroups.has(node.id);
    const mark = rows.length;
    position += 1;
    rows.push({ kind: "node", id: node.id, node, level: 1, expanded: open, position, setSize: groups.size });
    const below = includes(name, filter) ? { ...walk, filter: "" } : walk;
    const any = open && addAll(below, servers.map(serverNode), 2, servers.length);
    if (filter !== "" && !any && !includes(name, filter)) rows.length = mark;
  }
  return rows;
}

function byGroup(servers: readonly Server[]): Map<string, Server[]> {
  const groups = new Map<string, Server[]>();
  for (const server of servers) {
    const group = groups.get(groupOf(server));
    if (group) group.push(server);
    else groups.set(groupOf(server), [server]);
  }
  return groups;
}

/** Whether a server is shown open. One that is not connected opens only when it has been asked to, not by itself after a reload. */
export function isOpen(node: Node, input: Pick<TreeInput, "lists" | "expanded">): boolean {
  if (!input.expanded.has(node.id)) return false;
  return node.kind !== "server" || node.server.connected || node.id in input.lists;
}

interface Walk extends TreeInput {
  rows: Row[];
  /** The servers whose prompt has been shown: it stands where the first list is waited for. */
  prompted: Set<string>;
}

/** Adds nodes and what is open below them; with a filter only those that match or hold a match. True when any was added. */
function addAll(walk: Walk, nodes: readonly Node[], level: number, setSize: number, from = 0): boolean {
  const before = walk.rows.length;
  nodes.forEach((node, index) => add(walk, node, level, from + index + 1, setSize));
  return walk.rows.length > before;
}

function add(walk: Walk, node: Node, level: number, position: number, setSize: number): void {
  const { rows, filter } = walk;
  const hit = filter === "" || (node.kind !== "folder" && includes(labelOf(node), filter));
  const expandable = node.kind === "group" || isParent(node);
  const open = expandable && isOpen(node, walk);
  const mark = rows.length;
  rows.push({
    kind: "node",
    id: node.id,
    node,
    level,
    expanded: expandable ? open : null,
    position,
    setSize,
  });
  const below = hit && filter !== "" ? { ...walk, filter: "" } : walk;
  const any = open && addChildren(below, node, level + 1);
  if (!hit && !any) rows.length = mark;
}

function addChildren(walk: Walk, node: Node, level: number): boolean {
  if (!isParent(node)) return false;
  const whole = walk.lists[node.id];
  // The server searches what has not been read to its end.
  const asked = walk.filter !== "" && whole?.next != null ? walk.filter : "";
  const list = walk.lists[listKey(node.id, asked)];
  if (asked === "" || list !== undefined || whole === undefined)
    return addList(walk, node, list, asked, level);
  // Until the server has answered: what matches of what is here, and that more may come.
  addAll(walk, whole.items, level, -1);
  addAll(walk, whole.folders, level, -1);
  walk.rows.push({
    kind: "loading",
    id: `${listKey(node.id, asked)}#loading-0`,
    level,
    parent: node,
    filter: asked,
  });
  return true;
}

function addList(
  walk: Walk,
  parent: ParentNode,
  list: List | undefined,
  asked: string,
  level: number,
): boolean {
  const { rows, filter } = walk;
  const id = listKey(parent.id, asked);
  const serverId = parent.kind === "server" ? parent.server.id : parent.serverId;
  if (list?.state === "loading" && walk.waiting.has(serverId)) {
    if (!walk.prompted.has(serverId))
      rows.push({ kind: "prompt", id: `${id}#prompt`, level, parent, serverId });
    walk.prompted.add(serverId);
    if (list.items.length === 0) return true;
  }
  if (!list || (list.state === "loading" && list.items.length === 0)) {
    if (filter !== "" && asked === "") return false;
    for (let index = 0; index < skeletons(parent); index += 1) {
      rows.push({ kind: "loading", id: `${id}#loading-${index}`, level, parent, filter: asked });
    }
    return true;
  }
  const folders = walk.lists[parent.id]?.folders ?? [];
  const setSize = list.next === null ? list.items.length + folders.length : -1;
  let any = addAll(walk, list.items, level, setSize);
  if (list.state === "failed" && list.problem) {
    rows.push({ kind: "failed", id: `${id}#failed`, level, parent, filter: asked, problem: list.problem });
    any = true;
  } else if (list.next !== null && (filter === "" || asked !== "")) {
    rows.push({ kind: "more", id: `${id}#more`, level, parent, filter: asked });
  } else if (list.items.length === 0 && folders.length === 0 && filter === "") {
    rows.push({ kind: "note", id: `${id}#none`, level, text: nothingIn(parent) });
  }
  // Kinds of objects come behind what is directly below.
  return addAll(walk, folders, level, setSize, list.items.length) || any;
}

function skeletons(parent: ParentNode): number {
  const count = parent.kind === "folder" ? parent.count : 3;
  return Math.max(1, Math.min(SKELETONS_AT_MOST, count));
}

function nothingIn(parent: ParentNode): string {
  switch (parent.kind) {
    case "server":
      return "No database that you may see";
    case "database":
      return "No schema that you may see";
    case "schema":
      return "Nothing is in this schema";
    case "folder":
      return `No ${kindWords(parent.objects).many}`;
    case "object":
      return placeIn(parent) === "relation" ? "No columns" : "Nothing is below it";
  }
}

function includes(label: string, filter: string): boolean {
  return label.toLowerCase().includes(filter);
}

import type { Database, ListedObject, ObjectCount, ObjectPlace, Schema, Server } from "~/api/types";
import { folderTitle, hasRows } from "./kinds";

/** One object of the tree. Its id is made of what it is, so that it is the same after a reload. */
export type Node = GroupNode | ServerNode | DatabaseNode | SchemaNode | FolderNode | ObjectNode;

interface GroupNode {
  kind: "group";
  id: string;
  name: string;
}

export interface ServerNode {
  kind: "server";
  id: string;
  server: Server;
}

export interface DatabaseNode {
  kind: "database";
  id: string;
  serverId: string;
  database: Database;
}

export interface SchemaNode {
  kind: "schema";
  id: string;
  serverId: string;
  database: string;
  schema: Schema;
}

/** The objects of one kind below something. */
export interface FolderNode {
  kind: "folder";
  id: string;
  serverId: string;
  database: string;
  /** Null for what is in no schema. */
  schema: string | null;
  /** The object that they belong to, such as a table. */
  owner: string | null;
  /** The oid of what they are in; null: the database or the server. */
  of: number | null;
  /** The kind, as the API names it. */
  objects: string;
  count: number;
}

/** Whatever is in a folder, and the columns of relations. */
export interface ObjectNode {
  kind: "object";
  id: string;
  serverId: string;
  database: string;
  schema: string | null;
  /** The object that it belongs to, such as a table. */
  owner: string | null;
  object: ListedObject;
}

/** Nodes whose children are asked for. */
export type ParentNode = ServerNode | DatabaseNode | SchemaNode | FolderNode | ObjectNode;

export function isParent(node: Node): node is ParentNode {
  switch (node.kind) {
    case "group":
      return false;
    case "object":
      return placeIn(node) !== null;
    default:
      return true;
  }
}

/** What can be below an object; null where nothing is. */
export function placeIn({ object }: ObjectNode): ObjectPlace | null {
  if (hasRows(object.kind)) return "relation";
  if (object.kind === "domain" || object.kind === "foreign_server") return object.kind;
  return null;
}

export function groupNode(name: string): GroupNode {
  return { kind: "group", id: `g/${encodeURIComponent(name)}`, name };
}

export function serverNode(server: Server): ServerNode {
  return { kind: "server", id: serverNodeId(server.id), server };
}

export function serverNodeId(serverId: string): string {
  return `s/${serverId}`;
}

export function databaseNode(serverId: string, database: Database): DatabaseNode {
  return { kind: "database", id: databaseNodeId(serverId, database.name), serverId, database };
}

export function databaseNodeId(serverId: string, database: string): string {
  return `${serverNodeId(serverId)}/${encodeURIComponent(database)}`;
}

export function schemaNode(parent: DatabaseNode, schema: Schema): SchemaNode {
  return {
    kind: "schema",
    id: schemaNodeId(parent.serverId, parent.database.name, schema.name),
    serverId: parent.serverId,
    database: parent.database.name,
    schema,
  };
}

export function schemaNodeId(serverId: string, database: string, schema: string): string {
  return `${databaseNodeId(serverId, database)}/${encodeURIComponent(schema)}`;
}

/** The folders below a node, for the kinds of which there is something. The id of a folder cannot be that of a name. */
export function folderNodes(
  parent: Exclude<ParentNode, FolderNode>,
  counts: readonly ObjectCount[],
): FolderNode[] {
  const place = placeOfFolders(parent);
  return counts
    .filter(({ kind, count }) => count > 0 && kind !== "database" && kind !== "column")
    .map(({ kind, count }) => ({
      kind: "folder",
      ...place,
      id: `${parent.id}/@${kind}`,
      objects: kind,
      count,
    }));
}

function placeOfFolders(parent: Exclude<ParentNode, FolderNode>) {
  switch (parent.kind) {
    case "server": {
      const { id, maintenance_db: database } = parent.server;
      return { serverId: id, database: database ?? "postgres", schema: null, owner: null, of: null };
    }
    case "database":
      return {
        serverId: parent.serverId,
        database: parent.database.name,
        schema: null,
        owner: null,
        of: null,
      };
    case "schema": {
      const { serverId, database, schema } = parent;
      return { serverId, database, schema: schema.name, owner: null, of: schema.oid };
    }
    case "object": {
      const { serverId, database, schema, object } = parent;
      return { serverId, database, schema, owner: object.name, of: object.oid };
    }
  }
}

export function objectNode(parent: FolderNode | ObjectNode, object: ListedObject): ObjectNode {
  const { serverId, database, schema } = parent;
  const owner = parent.kind === "folder" ? parent.owner : parent.object.name;
  const key = object.number == null ? object.oid : `c${object.number}`;
  return { kind: "object", id: `${parent.id}/${key}`, serverId, database, schema, owner, object };
}

/** The server and database that a node's id stands for, as far as it says. */
export function targetOf(id: string | null): { serverId: string; database: string | null } | null {
  const [kind, serverId, database] = id?.split("/") ?? [];
  if (kind !== "s" || serverId === undefined) return null;
  const named = database !== undefined && !database.startsWith("@");
  return { serverId, database: named ? decodeURIComponent(database) : null };
}

/** The badge of relations that the person may not read. */
const UNREADABLE = "no SELECT";

/** Why the person cannot use what is inside; null where nothing is in the way. */
export function whyClosed(node: Node): string | null {
  if (node.kind === "database" && !node.database.may_connect) return "you may not connect to it";
  if (node.kind === "schema" && !node.schema.may_use) return "you have no USAGE privilege on it";
  if (node.kind === "object" && node.object.badges.includes(UNREADABLE))
    return "you have no SELECT privilege on it";
  return null;
}

/** What the tree calls it. */
export function labelOf(node: Node): string {
  switch (node.kind) {
    case "group":
      return node.name;
    case "server":
      return node.server.name;
    case "database":
      return node.database.name;
    case "schema":
      return node.schema.name;
    case "folder":
      return folderTitle(node.objects);
    case "object":
      return node.object.name;
  }
}

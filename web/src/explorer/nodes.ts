import type { Database, Relation, RelationColumn, RelationGroup, Schema, Server } from "~/api/types";

/** One object of the tree. Its id is made of what it is, so that it is the same after a reload. */
export type Node =
  GroupNode | ServerNode | DatabaseNode | SchemaNode | FolderNode | RelationNode | ColumnNode;

interface GroupNode {
  kind: "group";
  id: string;
  name: string;
}

interface ServerNode {
  kind: "server";
  id: string;
  server: Server;
}

interface DatabaseNode {
  kind: "database";
  id: string;
  serverId: string;
  database: Database;
}

interface SchemaNode {
  kind: "schema";
  id: string;
  serverId: string;
  database: string;
  schema: Schema;
}

interface FolderNode {
  kind: "folder";
  id: string;
  serverId: string;
  database: string;
  schema: string;
  group: RelationGroup;
  count: number;
}

interface RelationNode {
  kind: "relation";
  id: string;
  serverId: string;
  database: string;
  schema: string;
  relation: Relation;
}

interface ColumnNode {
  kind: "column";
  id: string;
  serverId: string;
  database: string;
  schema: string;
  relation: string;
  column: RelationColumn;
}

/** Nodes whose children are asked for; those of the others are known with them. */
export type ParentNode = ServerNode | DatabaseNode | FolderNode | RelationNode;

export function isParent(node: Node): node is ParentNode {
  return (
    node.kind === "server" || node.kind === "database" || node.kind === "folder" || node.kind === "relation"
  );
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
  return {
    kind: "database",
    id: `${serverNodeId(serverId)}/${encodeURIComponent(database.name)}`,
    serverId,
    database,
  };
}

export function schemaNode(parent: DatabaseNode, schema: Schema): SchemaNode {
  return {
    kind: "schema",
    id: `${parent.id}/${encodeURIComponent(schema.name)}`,
    serverId: parent.serverId,
    database: parent.database.name,
    schema,
  };
}

export function folderNodes({ id, serverId, database, schema }: SchemaNode): FolderNode[] {
  const common = { kind: "folder" as const, serverId, database, schema: schema.name };
  return [
    { ...common, id: `${id}/tables`, group: "tables", count: schema.tables },
    { ...common, id: `${id}/views`, group: "views", count: schema.views },
  ];
}

export function relationNode(
  { id, serverId, database, schema }: FolderNode,
  relation: Relation,
): RelationNode {
  return { kind: "relation", id: `${id}/${relation.oid}`, serverId, database, schema, relation };
}

export function columnNode(
  { id, serverId, database, schema, relation }: RelationNode,
  column: RelationColumn,
): ColumnNode {
  return {
    kind: "column",
    id: `${id}/${column.number}`,
    serverId,
    database,
    schema,
    relation: relation.name,
    column,
  };
}

/** The server and database that a node's id stands for, as far as it says. */
export function targetOf(id: string | null): { serverId: string; database: string | null } | null {
  const [kind, serverId, database] = id?.split("/") ?? [];
  if (kind !== "s" || serverId === undefined) return null;
  return { serverId, database: database === undefined ? null : decodeURIComponent(database) };
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
      return node.group === "tables" ? "Tables" : "Views";
    case "relation":
      return node.relation.name;
    case "column":
      return node.column.name;
  }
}

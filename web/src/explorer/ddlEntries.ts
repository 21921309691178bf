import { FileCode2 } from "lucide-react";
import { copyDdl, openDatabaseDdl, openDdl } from "~/pages/ddl/ddlActions";
import { type DdlSubject, showDdl } from "~/pages/ddl/ddlState";
import type { MenuEntry } from "~/ui/Menu";
import type { Node } from "./nodes";

/** The object of a node as DDL knows it; null for what no statement makes. A column stands for its table. */
export function ddlSubject(node: Node): DdlSubject | null {
  switch (node.kind) {
    case "database": {
      const { name, oid } = node.database;
      return { serverId: node.serverId, database: name, catalog: "pg_database", oid, title: name };
    }
    case "schema": {
      const { name, oid } = node.schema;
      return { serverId: node.serverId, database: node.database, catalog: "pg_namespace", oid, title: name };
    }
    case "object": {
      const { catalog, oid, number, name } = node.object;
      const called = number == null ? name : (node.owner ?? name);
      const title = node.schema === null ? called : `${node.schema}.${called}`;
      return { serverId: node.serverId, database: node.database, catalog, oid, title };
    }
    default:
      return null;
  }
}

/** What can be done with the DDL of a node. */
export function ddlEntries(node: Node): MenuEntry[] {
  const subject = ddlSubject(node);
  if (subject === null) return [];
  const entries: MenuEntry[] = [
    { kind: "action", label: "Show DDL", icon: FileCode2, run: () => showDdl(subject) },
    { kind: "action", label: "Copy DDL", run: () => void copyDdl(subject) },
    { kind: "action", label: "Open DDL in a query tab", run: () => void openDdl(subject) },
  ];
  if (node.kind === "database") {
    entries.push({
      kind: "action",
      label: "Open DDL of all objects",
      run: () => void openDatabaseDdl(node.serverId, node.database.name),
    });
  }
  return entries;
}

import type { ObjectPage } from "~/api/types";
import { useLayout } from "~/app/layout";
import { groupOf, knownServer } from "~/app/servers";
import { loadChild } from "./catalog";
import { select, setExpanded, setGroupOpen } from "./expansion";
import { databaseNodeId, groupNode, schemaNodeId, serverNodeId } from "./nodes";

/** The folder of a schema in which objects of a kind stand. */
const folderOf: Readonly<Record<string, string>> = {
  table: "table",
  partitioned_table: "table",
  foreign_table: "table",
  materialized_view: "view",
};

const byServer: ReadonlySet<string> = new Set(["role", "group_role", "tablespace", "replication_slot"]);

/** Shows an object in the tree, selected, with all that is above it open. */
export async function revealObject(serverId: string, database: string, page: ObjectPage): Promise<void> {
  const server = knownServer(serverId);
  if (!server) return;
  useLayout.setState({ explorerOpen: true });
  setGroupOpen(groupNode(groupOf(server)).id, true);
  const path = pathTo(serverId, database, page);
  let reached = serverNodeId(serverId);
  for (const id of path.slice(1)) {
    setExpanded(reached, true);
    if (!(await loadChild(server, reached, id))) break;
    reached = id;
  }
  select(reached);
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[role="tree"]')?.focus());
}

function pathTo(serverId: string, database: string, page: ObjectPage): string[] {
  const { kind, schema, oid, name } = page;
  const root = serverNodeId(serverId);
  const place = databaseNodeId(serverId, database);
  if (kind === "database") return [root, databaseNodeId(serverId, name)];
  if (kind === "schema") return [root, place, schemaNodeId(serverId, database, name)];
  const folder = kind === "group_role" ? "role" : (folderOf[kind] ?? kind);
  if (byServer.has(kind)) return [root, `${root}/@${folder}`, `${root}/@${folder}/${oid}`];
  if (schema == null) return [root, place, `${place}/@${folder}`, `${place}/@${folder}/${oid}`];
  const inside = schemaNodeId(serverId, database, schema.text);
  if (page.of == null || page.of.address.startsWith("pg_type/"))
    return [root, place, inside, `${inside}/@${folder}`, `${inside}/@${folder}/${oid}`];
  // What belongs to a table stands below it, wherever in the tree that is.
  const table = `${inside}/@table/${page.of.address.split("/")[1]}`;
  const below = page.badges.includes("partition") ? "partition" : kind;
  return [root, place, inside, `${inside}/@table`, table, `${table}/@${below}`, `${table}/@${below}/${oid}`];
}

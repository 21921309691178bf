import {
  Copy,
  CopyPlus,
  Pencil,
  Play,
  Plus,
  RefreshCw,
  SquareArrowOutUpRight,
  Table2,
  TextCursorInput,
  Trash2,
  Unplug,
} from "lucide-react";
import { disconnect, removeServer } from "~/api/servers";
import { problemFrom } from "~/api/problem";
import type { Server } from "~/api/types";
import { cancelInteraction } from "~/app/connect";
import { openTableData } from "~/app/dataTab";
import { newQuery } from "~/app/newQuery";
import { type ObjectPlaceName, openObject } from "~/app/objectTabs";
import { forgetServer, setConnected } from "~/app/servers";
import { goToTab, openTab, useTabs } from "~/app/tabs";
import { insertIntoEditor } from "~/editor/keptEditors";
import { editServer } from "~/pages/servers/serverDialogState";
import { ask } from "~/ui/ask";
import type { MenuEntry } from "~/ui/Menu";
import { plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { forgetBelow, load, refresh } from "./catalog";
import { ddlEntries } from "./ddlEntries";
import { collapseBelow, setExpanded, setGroupOpen } from "./expansion";
import { hasRows } from "./kinds";
import { isParent, labelOf, type Node, type ParentNode, serverNodeId, targetOf, whyClosed } from "./nodes";
import { qualifiedName } from "./qualifiedName";
import { scriptEntries, subjectOf, whyViewerCannot } from "./scriptEntries";
import { columnList } from "./scripts";
import { quoteIdentifier } from "~/run/quote";

/** Opens or closes a node; what is below is asked for when it opens. */
export function setOpen(node: Node, open: boolean): void {
  if (node.kind === "group") {
    setGroupOpen(node.id, open);
    return;
  }
  setExpanded(node.id, open);
  if (open && isParent(node)) void load(node);
}

/** A table or view of a database. */
interface RelationName {
  readonly serverId: string | null;
  readonly database: string | null;
  readonly schema: string;
  readonly name: string;
}

/** Shows a relation's rows: in the tab that already does, or in a new one that runs at once. Returns the tab's id. */
export function browseRows({ serverId, database, schema, name }: RelationName): string {
  const { tabs, order } = useTabs.getState();
  const sql = `select *\nfrom ${quoteIdentifier(schema)}.${quoteIdentifier(name)};\n`;
  const there = order.find((id) => {
    const tab = tabs[id];
    return tab?.sql === sql && tab.serverId === serverId && tab.database === database;
  });
  if (there !== undefined) {
    goToTab(there);
    return there;
  }
  return openTab({ title: `${schema}.${name}`, serverId, database, sql, runOnOpen: true });
}

/** The relation of a node; null for what has no rows. */
export function relationOfNode(node: Node): RelationName | null {
  if (node.kind !== "object" || node.schema === null || !hasRows(node.object.kind)) return null;
  const { serverId, database, schema, object } = node;
  return { serverId, database, schema, name: object.name };
}

/** The object that a node stands for; null for a server, a group and a folder. A column is its relation's. */
export function objectOfNode(node: Node): ObjectPlaceName | null {
  switch (node.kind) {
    case "database": {
      const { oid, name } = node.database;
      const { serverId } = node;
      return { serverId, database: name, address: `pg_database/${oid}`, kind: "database", title: name };
    }
    case "schema": {
      const { oid, name } = node.schema;
      const { serverId, database } = node;
      return { serverId, database, address: `pg_namespace/${oid}`, kind: "schema", title: name };
    }
    case "object": {
      const { serverId, database, schema, owner, object } = node;
      const column = object.number != null;
      const name = column ? (owner ?? object.name) : object.name;
      const title = schema === null || (owner !== null && !column) ? name : `${schema}.${name}`;
      const kind = column ? "" : object.kind;
      return { serverId, database, address: `${object.catalog}/${object.oid}`, kind, title };
    }
    default:
      return null;
  }
}

/** Opens the page of what a node stands for. False where there is nothing to open but the node itself. */
export function openNode(node: Node): boolean {
  const object = node.kind === "object" ? objectOfNode(node) : null;
  if (object === null) return false;
  openObject(object);
  return true;
}

function properties(node: Node): MenuEntry[] {
  const object = objectOfNode(node);
  if (object === null) return [];
  return [
    {
      kind: "action",
      label: "Open page",
      icon: SquareArrowOutUpRight,
      ...(node.kind === "object" && { keys: "Enter" as const }),
      run: () => void openObject(object),
    },
  ];
}

/** Puts a name where the caret is in the query tab in front, or into a new one. */
function toEditor(node: Node, name: string): void {
  const { active } = useTabs.getState();
  if (active !== null && insertIntoEditor(active, name)) goToTab(active);
  else openTab({ ...targetOf(node.id), sql: name, cursor: name.length });
}

/** Opens a node's rows to look at and to change. False where it has none. */
export function editRows(node: Node): boolean {
  if (node.kind !== "object" || node.schema === null || !hasRows(node.object.kind)) return false;
  const { serverId, database, schema, object } = node;
  openTableData({ serverId, database, table: { oid: object.oid, schema, name: object.name } });
  return true;
}

/** What can be done with a node, the usual first. */
export function actionsOf(node: Node): MenuEntry[] {
  const copy: MenuEntry = {
    kind: "action",
    label: "Copy name",
    icon: Copy,
    ...(qualifiedName(node) === null && { keys: "Mod+C" as const }),
    run: () => void copyText(labelOf(node)),
  };
  switch (node.kind) {
    case "group":
      return [
        {
          kind: "action",
          label: "Add server here",
          icon: Plus,
          run: () => editServer({ mode: "add", group: node.name }),
        },
        copy,
      ];
    case "server":
      return serverActions(node.server, copy);
    case "database":
      return [
        ...properties(node),
        query(node.serverId, node.database.name, whyClosed(node) ?? undefined),
        copy,
        ...nameActions(node),
        ...scripts(node),
        ...ddl(node),
        rule,
        reload(node),
      ];
    case "schema":
      return [
        ...properties(node),
        query(node.serverId, node.database),
        copy,
        ...nameActions(node),
        ...scripts(node),
        ...ddl(node),
        rule,
        reload(node),
      ];
    case "folder":
      return [query(node.serverId, node.database), reload(node)];
    case "object": {
      const relation = relationOfNode(node);
      return [
        ...properties(node),
        ...(relation === null ? [] : [browse(node, relation), edit(node)]),
        query(node.serverId, node.database),
        { kind: "separator" },
        copy,
        ...nameActions(node),
        ...scripts(node),
        ...ddl(node),
        ...(isParent(node) ? [rule, reload(node)] : []),
      ];
    }
  }
}

const rule: MenuEntry = { kind: "separator" };

/** The statements about a node, apart from what is above. */
function scripts(node: Node): MenuEntry[] {
  const entries = scriptEntries(subjectOf(node));
  return entries.length === 0 ? [] : [rule, ...entries];
}

/** The entries for a node's DDL, apart from those above. */
function ddl(node: Node): MenuEntry[] {
  const entries = ddlEntries(node);
  return entries.length === 0 ? [] : [rule, ...entries];
}

function browse(node: Node, relation: RelationName): MenuEntry {
  return {
    reason: whyClosed(node) === null ? undefined : "no SELECT privilege",
    kind: "action",
    label: "Select rows",
    icon: Play,
    keys: "Alt+Enter",
    run: () => void browseRows(relation),
  };
}

function nameActions(node: Node): MenuEntry[] {
  const name = qualifiedName(node);
  if (name === null) return [];
  return [
    { kind: "action", label: "Copy qualified name", keys: "Mod+C", run: () => void copyText(name) },
    { kind: "action", label: "Name into the editor", icon: TextCursorInput, run: () => toEditor(node, name) },
    ...columnActions(node),
  ];
}

function columnActions(node: Node): MenuEntry[] {
  if (node.kind !== "object" || !hasRows(node.object.kind)) return [];
  return [
    { kind: "action", label: "Names of its columns into the editor", run: () => void columnsToEditor(node) },
  ];
}

async function columnsToEditor(node: Extract<Node, { kind: "object" }>): Promise<void> {
  try {
    toEditor(node, await columnList(node.serverId, node.database, node.object.oid));
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

function serverActions(server: Server, copy: MenuEntry): MenuEntry[] {
  const owned = server.owned;
  const cannot = whyViewerCannot();
  return [
    query(server.id, server.maintenance_db ?? null),
    copy,
    {
      kind: "action",
      label: "Refresh",
      icon: RefreshCw,
      reason: server.connected ? undefined : "not connected",
      run: () => void reloadServer(server),
    },
    { kind: "separator" },
    {
      kind: "action",
      label: "Disconnect",
      icon: Unplug,
      reason: server.connected ? undefined : "not connected",
      run: () => void leave(server),
    },
    {
      kind: "action",
      label: owned ? "Edit server" : "My settings here",
      icon: Pencil,
      reason: cannot,
      run: () => editServer({ mode: "edit", server }),
    },
    {
      kind: "action",
      label: "Duplicate",
      icon: CopyPlus,
      reason: cannot,
      run: () => editServer({ mode: "add", like: server }),
    },
    { kind: "separator" },
    {
      kind: "action",
      label: "Remove server",
      icon: Trash2,
      danger: owned && cannot === undefined,
      reason: cannot ?? (owned ? undefined : "it is not yours"),
      run: () => void remove(server),
    },
  ];
}

function edit(node: Node): MenuEntry {
  return {
    reason: whyClosed(node) === null ? undefined : "no SELECT privilege",
    kind: "action",
    label: "Edit rows",
    icon: Table2,
    keys: "Shift+Enter",
    run: () => void editRows(node),
  };
}

function query(serverId: string, database: string | null, reason?: string): MenuEntry {
  return {
    reason,
    kind: "action",
    label: "New query",
    icon: Plus,
    keys: "Alt+N",
    run: () => void newQuery({ serverId, database }),
  };
}

function reload(node: ParentNode): MenuEntry {
  return { kind: "action", label: "Refresh", icon: RefreshCw, run: () => void refresh(node) };
}

function reloadServer(server: Server): Promise<void> {
  return refresh({ kind: "server", id: serverNodeId(server.id), server });
}

/** As SQL names it, where it does. */
export function copyName(node: Node): Promise<void> {
  return copyText(qualifiedName(node) ?? labelOf(node));
}

async function copyText(name: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(name);
    toast({ text: `Copied ${name}` });
  } catch {
    toast({ tone: "danger", text: "The browser did not let Howdah write to the clipboard." });
  }
}

async function leave(server: Server): Promise<void> {
  try {
    await disconnect(server.id);
    closeServer(server.id);
    setConnected(server.id, false);
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

async function remove(server: Server): Promise<void> {
  const open = Object.values(useTabs.getState().tabs).filter((tab) => tab.serverId === server.id).length;
  const tabs = open === 0 ? "" : ` ${plural(open, "open tab")} of it keep${open === 1 ? "s" : ""} the text.`;
  const yes = await ask({
    title: `Remove ${server.name}?`,
    body: `Howdah forgets how to reach ${server.host || server.name} and closes your connections to it. The PostgreSQL server itself is not touched.${tabs}`,
    confirm: "Remove server",
    danger: true,
  });
  if (!yes) return;
  try {
    await removeServer(server.id);
    closeServer(server.id);
    forgetServer(server.id);
    toast({ text: `Removed ${server.name}` });
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

/** Forgets what was shown of a server, as after a change of how it is reached. */
export function closeServer(serverId: string): void {
  const id = serverNodeId(serverId);
  cancelInteraction(serverId);
  collapseBelow(id);
  forgetBelow(id);
}

import { Copy, CopyPlus, Pencil, Play, Plus, RefreshCw, Table2, Trash2, Unplug } from "lucide-react";
import { disconnect, removeServer } from "~/api/servers";
import { problemFrom } from "~/api/problem";
import type { Server } from "~/api/types";
import { cancelInteraction } from "~/app/connect";
import { openTableData } from "~/app/dataTab";
import { newQuery } from "~/app/newQuery";
import { forgetServer, setConnected } from "~/app/servers";
import { goToTab, openTab, useTabs } from "~/app/tabs";
import { editServer } from "~/pages/servers/serverDialogState";
import { ask } from "~/ui/ask";
import type { MenuEntry } from "~/ui/Menu";
import { plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { forgetBelow, load, refresh } from "./catalog";
import { collapseBelow, setExpanded, setGroupOpen } from "./expansion";
import { isParent, labelOf, type Node, serverNodeId } from "./nodes";
import { quoteIdentifier } from "~/run/quote";

type RelationNode = Extract<Node, { kind: "relation" }>;

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

/** The relation of a node. */
export function relationOfNode(node: RelationNode): RelationName {
  const { serverId, database, schema, relation } = node;
  return { serverId, database, schema, name: relation.name };
}

/** Opens the rows of a node's relation to look at and to change. Returns the tab's id. */
export function editRows({ serverId, database, schema, relation }: RelationNode): string {
  return openTableData({ serverId, database, table: { oid: relation.oid, schema, name: relation.name } });
}

/** What can be done with a node, the usual first. */
export function actionsOf(node: Node): MenuEntry[] {
  const copy: MenuEntry = {
    kind: "action",
    label: "Copy name",
    icon: Copy,
    keys: "Mod+C",
    run: () => void copyName(node),
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
      return [query(node.serverId, node.database.name), copy, reload(node)];
    case "schema":
    case "column":
      return [query(node.serverId, node.database), copy];
    case "folder":
      return [query(node.serverId, node.database), reload(node)];
    case "relation":
      return [
        {
          kind: "action",
          label: "Browse rows",
          icon: Play,
          keys: "Enter",
          run: () => void browseRows(relationOfNode(node)),
        },
        {
          kind: "action",
          label: "Edit rows",
          icon: Table2,
          keys: "Shift+Enter",
          run: () => void editRows(node),
        },
        query(node.serverId, node.database),
        copy,
        reload(node),
      ];
  }
}

function serverActions(server: Server, copy: MenuEntry): MenuEntry[] {
  const owned = server.owned;
  return [
    query(server.id, server.maintenance_db ?? null),
    copy,
    {
      kind: "action",
      label: "Refresh",
      icon: RefreshCw,
      disabled: !server.connected,
      run: () => void reloadServer(server),
    },
    { kind: "separator" },
    {
      kind: "action",
      label: "Disconnect",
      icon: Unplug,
      disabled: !server.connected,
      run: () => void leave(server),
    },
    {
      kind: "action",
      label: owned ? "Edit server" : "My settings here",
      icon: Pencil,
      run: () => editServer({ mode: "edit", server }),
    },
    {
      kind: "action",
      label: "Duplicate",
      icon: CopyPlus,
      run: () => editServer({ mode: "add", like: server }),
    },
    { kind: "separator" },
    {
      kind: "action",
      label: "Remove server",
      icon: Trash2,
      danger: true,
      disabled: !owned,
      run: () => void remove(server),
    },
  ];
}

function query(serverId: string, database: string | null): MenuEntry {
  return {
    kind: "action",
    label: "New query",
    icon: Plus,
    keys: "Alt+N",
    run: () => void newQuery({ serverId, database }),
  };
}

function reload(node: Extract<Node, { kind: "database" | "folder" | "relation" }>): MenuEntry {
  return { kind: "action", label: "Refresh", icon: RefreshCw, run: () => void refresh(node) };
}

function reloadServer(server: Server): Promise<void> {
  return refresh({ kind: "server", id: serverNodeId(server.id), server });
}

export async function copyName(node: Node): Promise<void> {
  const name = labelOf(node);
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

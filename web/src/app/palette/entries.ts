import { Database, type LucideIcon, Server as ServerIcon, SquareTerminal } from "lucide-react";
import { browseRows, objectOfNode, relationOfNode } from "~/explorer/actions";
import { useCatalog } from "~/explorer/catalog";
import { iconOf } from "~/explorer/icons";
import { folderTitle, kindWords } from "~/explorer/kinds";
import { type Node, whyClosed } from "~/explorer/nodes";
import { reveal } from "~/explorer/expansion";
import type { Shortcut } from "~/ui/keys";
import { formatEstimate } from "~/ui/format";
import { currentCommands } from "../commands";
import { currentTarget, newQuery } from "../newQuery";
import { openObject, openObjectBeside } from "../objectTabs";
import { serversQuery } from "../servers";
import { queryClient } from "../queryClient";
import { iconOfTab } from "../tabIcon";
import { goToTab, useTabs } from "../tabs";
import { splitTab } from "../workbench/dock";
import { matcher } from "~/ui/match";
import { askedKinds, prefixOf } from "./asked";
import { openPalette } from "./paletteState";

/** One line of the palette. */
export interface Entry {
  id: string;
  section: Section;
  icon: LucideIcon;
  title: string;
  /** Where it is. */
  path: string;
  /** What it is. */
  note: string;
  keys?: Shortcut;
  open: () => void;
  /** Ctrl+Enter, for what can stand beside the active tab. */
  openBeside?: () => void;
  /** Alt+Enter, for what rows can be selected from. */
  select?: () => void;
  /** The palette stays open, since what it does shows in it. */
  stays?: boolean;
}

export interface Found extends Entry {
  at: readonly number[];
}

export const sections = [
  "Objects",
  "Open tabs",
  "Tables and views",
  "Databases",
  "Servers",
  "Commands",
  "Search",
  "Kinds of objects",
] as const;
type Section = (typeof sections)[number];

const SHOWN_PER_SECTION = 8;
/** With nothing asked for, the palette shows what is at hand rather than everything. */
const SHOWN_AT_REST: Record<Section, number> = {
  "Open tabs": 5,
  Objects: 0,
  "Tables and views": 0,
  Databases: 3,
  Servers: 5,
  Commands: 50,
  Search: 0,
  "Kinds of objects": 0,
};

/**
 * Everything that can be gone to now. Read once, when the palette opens. Of the database in front the explorer's tables
 * are left out: all its names are searched.
 */
export function allEntries(): Entry[] {
  const front = currentTarget();
  const things = [...tabEntries(), ...objectEntries(front), ...serverEntries()];
  return [...things, ...commandEntries(), ...kindEntries()];
}

/** What stands before a query that asks for one section only. */
const only: Readonly<Record<string, Section>> = { ">": "Commands", ":": "Kinds of objects" };

/** The entries that answer a query, by section, best first. A leading `>` asks for commands only, `:` for kinds. */
export function find(entries: readonly Entry[], query: string): Found[] {
  const wanted = only[query.charAt(0)];
  const asked = wanted === undefined ? query : query.slice(1);
  const atRest = asked.trim() === "";
  const match = matcher(asked);
  return sections.flatMap((section) => {
    if (wanted === undefined ? section === "Kinds of objects" : section !== wanted) return [];
    return entries
      .filter((entry) => entry.section === section)
      .flatMap((entry) => {
        const found = match(entry.title);
        return found ? [{ ...entry, at: found.at, cost: found.cost }] : [];
      })
      .sort((a, b) => a.cost - b.cost)
      .slice(0, wanted !== undefined ? 50 : atRest ? SHOWN_AT_REST[section] : SHOWN_PER_SECTION);
  });
}

function tabEntries(): Entry[] {
  const { tabs, order } = useTabs.getState();
  return order.flatMap((id) => {
    const tab = tabs[id];
    if (!tab) return [];
    const path = [serverName(tab.serverId), tab.database].filter(Boolean).join(" / ");
    return [
      {
        id,
        section: "Open tabs",
        icon: iconOfTab(tab),
        title: tab.title,
        path,
        note: "",
        open: () => goToTab(id),
      },
    ];
  });
}

function objectEntries(front: ReturnType<typeof currentTarget>): Entry[] {
  const nodes = Object.values(useCatalog.getState().lists).flatMap((list) => list.items);
  return nodes.flatMap((node) => {
    switch (node.kind) {
      case "object":
        if (node.serverId === front.serverId && node.database === front.database) return [];
        return relationEntry(node);
      case "database":
        return [databaseEntry(node)];
      default:
        return [];
    }
  });
}

function relationEntry(node: Extract<Node, { kind: "object" }>): Entry[] {
  const relation = relationOfNode(node);
  const object = objectOfNode(node);
  if (relation === null || object === null) return [];
  const rows = node.object.estimated_rows;
  const closed = whyClosed(node) !== null;
  return [
    {
      id: node.id,
      section: "Tables and views",
      icon: iconOf(node),
      title: node.object.name,
      path: `${relation.schema}, ${serverName(node.serverId)} / ${node.database}`,
      note: closed ? "no SELECT privilege" : rows == null ? "" : `about ${formatEstimate(rows)} rows`,
      open: () => void openObject(object),
      openBeside: () => openObjectBeside(object),
      ...(!closed && { select: () => void browseRows(relation) }),
    },
  ];
}

function databaseEntry(node: Extract<Node, { kind: "database" }>): Entry {
  const open = () => newQuery({ serverId: node.serverId, database: node.database.name });
  return {
    id: node.id,
    section: "Databases",
    icon: Database,
    title: node.database.name,
    path: serverName(node.serverId),
    note: "new query",
    open,
    openBeside: () => splitTab(open(), "right"),
  };
}

function serverEntries(): Entry[] {
  const servers = queryClient.getQueryData(serversQuery.queryKey) ?? [];
  return servers.map((server) => ({
    id: `s/${server.id}`,
    section: "Servers",
    icon: ServerIcon,
    title: server.name,
    path: server.group ?? "",
    note: server.connected ? "connected" : "",
    open: () => reveal(server),
  }));
}

/** The kinds that can be searched by themselves, each with what is typed for it. */
function kindEntries(): Entry[] {
  return askedKinds.map((one) => {
    const prefix = prefixOf(one);
    return {
      id: `kind-${one.kind}`,
      section: "Kinds of objects",
      icon: kindWords(one.kind).icon,
      title: folderTitle(one.kind),
      path: "",
      note: prefix,
      open: () => openPalette(prefix),
      stays: true,
    };
  });
}

function commandEntries(): Entry[] {
  return currentCommands()
    .filter(({ id }) => id !== "palette")
    .map(({ id, title, icon, keys, run }) => ({
      id,
      section: "Commands",
      icon: icon ?? SquareTerminal,
      title,
      path: "",
      note: "",
      ...(keys === undefined ? {} : { keys }),
      open: run,
    }));
}

function serverName(id: string | null): string {
  const servers = queryClient.getQueryData(serversQuery.queryKey) ?? [];
  return servers.find((server) => server.id === id)?.name ?? "";
}

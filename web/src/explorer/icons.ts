import { Database, Folder, FolderTree, type LucideIcon, Server } from "lucide-react";
import { kindWords } from "./kinds";
import type { Node } from "./nodes";

/** One icon for each kind of object, the same everywhere. */
export function iconOf(node: Exclude<Node, { kind: "group" }>): LucideIcon {
  switch (node.kind) {
    case "server":
      return Server;
    case "database":
      return Database;
    case "schema":
      return FolderTree;
    case "folder":
      return Folder;
    case "object":
      return kindWords(node.object.kind).icon;
  }
}

import {
  Columns3,
  Database,
  Eye,
  Folder,
  FolderTree,
  KeyRound,
  type LucideIcon,
  ScanEye,
  Server,
  Table2,
  TableProperties,
} from "lucide-react";
import type { RelationKind } from "~/api/types";
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
    case "relation":
      return relationIcons[node.relation.kind];
    case "column":
      return node.column.primary_key ? KeyRound : Columns3;
  }
}

const relationIcons: Record<RelationKind, LucideIcon> = {
  table: Table2,
  partitioned_table: TableProperties,
  foreign_table: Table2,
  view: Eye,
  materialized_view: ScanEye,
};

export const relationWords: Record<RelationKind, string> = {
  table: "table",
  partitioned_table: "partitioned table",
  foreign_table: "foreign table",
  view: "view",
  materialized_view: "materialized view",
};

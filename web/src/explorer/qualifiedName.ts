import { quoteIdentifier } from "~/run/quote";
import type { Node } from "./nodes";

/** Kinds whose names stand alone although they are made in a schema, since they belong to a table. */
const ofTables: ReadonlySet<string> = new Set(["constraint", "policy", "rule", "trigger"]);

/** What SQL calls a node: with its schema, quoted where it must be. Null for what has no name in SQL. */
export function qualifiedName(node: Node): string | null {
  switch (node.kind) {
    case "database":
      return quoteIdentifier(node.database.name);
    case "schema":
      return quoteIdentifier(node.schema.name);
    case "object": {
      const { kind, name } = node.object;
      if (kind === "cast" || kind === "transform") return null;
      if (kind === "large_object" || kind === "operator") return name;
      const alone = node.schema === null || node.object.number != null || ofTables.has(kind);
      return alone ? quoteIdentifier(name) : `${quoteIdentifier(node.schema ?? "")}.${quoteIdentifier(name)}`;
    }
    default:
      return null;
  }
}

import { FilePen } from "lucide-react";
import { mayEdit, meQuery } from "~/app/me";
import { queryClient } from "~/app/queryClient";
import { knownServer } from "~/app/servers";
import { openTab } from "~/app/tabs";
import { problemFrom } from "~/api/problem";
import type { MenuEntry } from "~/ui/Menu";
import { toast } from "~/ui/toast";
import type { Node } from "./nodes";
import { type Script, scriptsOf, type Subject } from "./scripts";

/** The object of a node as statements name it; null for what is none. */
export function subjectOf(node: Node): Subject | null {
  const none = { schema: null, owner: null, badges: [], detail: null };
  switch (node.kind) {
    case "database": {
      const { oid, name } = node.database;
      const { serverId } = node;
      return { ...none, serverId, database: name, catalog: "pg_database", oid, kind: "database", name };
    }
    case "schema": {
      const { oid, name } = node.schema;
      const { serverId, database } = node;
      return { ...none, serverId, database, catalog: "pg_namespace", oid, kind: "schema", name };
    }
    case "object": {
      const { serverId, database, schema, owner } = node;
      const { catalog, oid, kind, name, badges, detail } = node.object;
      // What stands below a table as its partition says so nowhere else.
      const partition = node.id.includes("/@partition/") && catalog === "pg_class";
      const all = partition ? [...badges, "partition"] : badges;
      return {
        serverId,
        database,
        catalog,
        oid,
        kind,
        schema,
        name,
        owner,
        badges: all,
        detail: detail ?? null,
      };
    }
    default:
      return null;
  }
}

/** The menu of statements about an object; none where there is nothing to write. */
export function scriptEntries(subject: Subject | null): MenuEntry[] {
  const groups = subject === null ? [] : scriptsOf(subject);
  if (subject === null || groups.length === 0) return [];
  const reason = whyNotWrite(subject.serverId);
  const entries = groups.flatMap((group, index): MenuEntry[] => [
    ...(index === 0 ? [] : [{ kind: "separator" } as const]),
    ...group.map((script) => entryOf(script, subject, reason)),
  ]);
  return [{ kind: "menu", label: "Statements", icon: FilePen, entries }];
}

function entryOf(script: Script, subject: Subject, reason: string | undefined): MenuEntry {
  const { label, danger } = script;
  return {
    kind: "action",
    label,
    danger: danger === true && reason === undefined,
    reason: script.reads === true ? undefined : reason,
    run: () => void write(script, subject),
  };
}

/** Why a viewer can do nothing that changes something, in a few words. */
export function whyViewerCannot(): string | undefined {
  const me = queryClient.getQueryData(meQuery.queryKey);
  return me !== undefined && !mayEdit(me) ? "viewers change nothing" : undefined;
}

/** Why nothing can be changed on a server, in a few words. */
function whyNotWrite(serverId: string): string | undefined {
  const readOnly = knownServer(serverId)?.read_only === true ? "this server is read-only" : undefined;
  return whyViewerCannot() ?? readOnly;
}

/** Puts a statement into a query tab of its own, which says what it does and to what; nothing runs. */
async function write(script: Script, { serverId, database, schema, name }: Subject): Promise<void> {
  try {
    const sql = await script.sql();
    openTab({
      title: `${script.label}: ${schema === null ? name : `${schema}.${name}`}`,
      serverId,
      database,
      sql,
    });
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

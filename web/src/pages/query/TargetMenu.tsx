import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Database } from "lucide-react";

import { fetchDatabases } from "~/api/catalog";
import type { Server } from "~/api/types";
import { environmentOf, useServer, useServers } from "~/app/servers";
import type { Tab } from "~/app/tabs";
import { Badge } from "~/ui/Badge";
import { classes } from "~/ui/classes";
import { Icon } from "~/ui/Icon";
import { Menu, type MenuEntry } from "~/ui/Menu";
import styles from "./TargetMenu.module.css";

export interface Target {
  readonly serverId: string;
  readonly database: string;
}

interface TargetMenuProps {
  tab: Tab;
  onChoose: (target: Target) => void;
}

/** Where the tab runs its statements, always in sight; production says so. */
export function TargetMenu({ tab, onChoose }: TargetMenuProps) {
  const servers = useServers();
  const server = useServer(tab.serverId);
  const databases = useDatabases(server);
  const production = environmentOf(server) === "production";
  const where = server ? `${server.name} / ${tab.database ?? "no database"}` : "Choose a database";
  return (
    <Menu
      trigger={
        <button
          type="button"
          className={classes(styles.target, production && styles.production)}
          aria-label={`Runs on ${where}${production ? ", production" : ""}`}
          title={where}
        >
          <Icon of={Database} />
          <span className={styles.name}>{where}</span>
          {production && <Badge tone="production">Prod</Badge>}
          <Icon of={ChevronDown} size={14} />
        </button>
      }
      entries={entriesOf(servers, server, databases, tab.database, onChoose)}
    />
  );
}

function entriesOf(
  servers: readonly Server[],
  current: Server | undefined,
  databases: readonly string[],
  database: string | null,
  onChoose: (target: Target) => void,
): MenuEntry[] {
  const others = servers.filter(({ id }) => id !== current?.id);
  const names = current
    ? new Set([...databases, ...(database === null ? [maintenance(current)] : [database])])
    : [];
  return [
    ...(current ? [caption(`Databases of ${current.name}`)] : []),
    ...[...names].map((name): MenuEntry => ({
      kind: "choice",
      label: name,
      chosen: name === database,
      run: () => current && onChoose({ serverId: current.id, database: name }),
    })),
    ...(others.length > 0 ? [caption(current ? "Other servers" : "Servers")] : []),
    ...others.map((server): MenuEntry => ({
      kind: "choice",
      label: `${server.name} / ${maintenance(server)}`,
      chosen: false,
      run: () => onChoose({ serverId: server.id, database: maintenance(server) }),
    })),
  ];
}

function caption(label: string): MenuEntry {
  return { kind: "caption", label };
}

function maintenance(server: Server): string {
  return server.maintenance_db ?? "postgres";
}

/** Only those of a server that is connected: opening a menu must not ask for a password. */
function useDatabases(server: Server | undefined): readonly string[] {
  const { data } = useQuery({
    queryKey: ["databases", "target", server?.id],
    queryFn: () => fetchDatabases(server?.id ?? "", {}),
    enabled: server?.connected ?? false,
  });
  return data?.databases.filter(({ may_connect }) => may_connect).map(({ name }) => name) ?? [];
}

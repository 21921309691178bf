import { useQuery } from "@tanstack/react-query";
import type { SharedServer, SharedServerList } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { plural } from "~/ui/format";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import { audienceWords } from "./audienceWords";
import { sharedServersQuery, summaryQuery } from "./lists";
import { Section } from "./Section";
import styles from "./ServersPage.module.css";
import { usePaged } from "./usePaged";

const rowsOf = (part: SharedServerList) => part.servers;

/** The servers that more than one person sees. */
export function ServersPage() {
  const { rows, total, problem, busy, onMore, reload } = usePaged(sharedServersQuery, rowsOf);
  const { data: summary } = useQuery(summaryQuery);
  const privateServers = summary?.private_servers ?? 0;
  return (
    <Section
      title="Shared servers"
      count={total}
      problem={problem}
      busy={busy}
      onReload={reload}
      bar={
        <p className={styles.words}>
          {plural(privateServers, "more server")} {privateServers === 1 ? "is" : "are"} private: only their
          owners see what they are.
        </p>
      }
    >
      <ListTable
        label="Shared servers"
        columns={columns}
        rows={rows}
        total={total ?? 0}
        keyOf={({ id }) => id}
        empty="No server is shared. An administrator shares one in its definition, or the config file defines it."
        onMore={onMore}
      />
    </Section>
  );
}

const columns: readonly ListColumn<SharedServer>[] = [
  {
    key: "name",
    head: "Name",
    width: 200,
    cell: ({ name, environment }) => (
      <span className={styles.name}>
        <b>{name}</b>
        {environment === "production" && <Badge tone="production">production</Badge>}
      </span>
    ),
  },
  { key: "group", head: "Group", width: 120, cell: ({ group }) => group },
  { key: "host", head: "Host", cell: ({ host, port }) => `${host}:${port}` },
  { key: "credential", head: "Credential", width: 120, cell: ({ credential }) => <code>{credential}</code> },
  {
    key: "audience",
    head: "Who sees it",
    width: 170,
    cell: ({ audience }) => <span title={audienceWords(audience)}>{audienceWords(audience)}</span>,
  },
  { key: "owner", head: "Owner", width: 150, cell: ({ owner }) => owner?.username ?? "the config file" },
  {
    key: "connections",
    head: "Connections",
    width: 104,
    numeric: true,
    cell: ({ connections }) => connections,
  },
];

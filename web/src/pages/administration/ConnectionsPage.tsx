import { useState } from "react";
import { closeConnection } from "~/api/administration";
import type { OpenConnection, OpenConnectionList } from "~/api/types";
import { useAction } from "~/app/useAction";
import { ask } from "~/ui/ask";
import { Button } from "~/ui/Button";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import { Ago } from "./Ago";
import styles from "./ConnectionsPage.module.css";
import { connectionsQuery, rereadAll } from "./lists";
import { SearchField } from "./SearchField";
import { Section } from "./Section";
import { usePaged } from "./usePaged";
import { purposeWords } from "./words";

const rowsOf = (part: OpenConnectionList) => part.connections;

/** Who is connected to what. What runs is nobody's to see here. */
export function ConnectionsPage() {
  const [search, setSearch] = useState("");
  const { busy: closing, problem: failure, setProblem, act } = useAction(rereadAll);
  const { rows, total, problem, busy, onMore, reload } = usePaged(connectionsQuery(search), rowsOf);
  const close = async (connection: OpenConnection) => {
    const { username, server } = connection;
    const title = `Close a connection of ${username} to ${server ?? "a private server"}?`;
    const body =
      "What runs in it is cancelled, and what is not committed is rolled back. The person keeps the text and can connect again.";
    if (!(await ask({ title, body, confirm: "Close connection", danger: true }))) return;
    await act(connection.id, async () => {
      await closeConnection(connection.id);
      return `The connection of ${username} is closed`;
    });
  };
  const columns: readonly ListColumn<OpenConnection>[] = [
    ...facts,
    {
      key: "close",
      head: "",
      width: 84,
      numeric: true,
      cell: (connection) => (
        <Button
          size="sm"
          busy={closing === connection.id}
          aria-label={`Close the connection of ${connection.username} to ${connection.server ?? "a private server"}`}
          onClick={() => void close(connection)}
        >
          {closing === connection.id ? "Closing" : "Close"}
        </Button>
      ),
    },
  ];
  return (
    <Section
      title="Connections"
      count={total}
      problem={failure ?? problem}
      busy={busy}
      onReload={() => {
        setProblem(null);
        reload();
      }}
      bar={
        <>
          <SearchField label="Find connections by person" onSearch={setSearch} />
          <p className={styles.words}>
            Of other people’s private servers no more is shown than that they are in use.
          </p>
        </>
      }
    >
      <ListTable
        label="Connections"
        columns={columns}
        rows={rows}
        total={total ?? 0}
        keyOf={({ id }) => id}
        empty="No database connection is open."
        onMore={onMore}
      />
    </Section>
  );
}

const facts: readonly ListColumn<OpenConnection>[] = [
  { key: "person", head: "Person", cell: ({ username }) => <span title={username}>{username}</span> },
  {
    key: "server",
    head: "Server",
    width: 180,
    cell: ({ server }) => server ?? <Hidden>a private server</Hidden>,
  },
  {
    key: "database",
    head: "Database",
    width: 150,
    cell: ({ database }) => database ?? <Hidden>not shown</Hidden>,
  },
  {
    key: "role",
    head: "As",
    width: 140,
    cell: ({ role, server }) => role ?? (server === null ? "" : "logging in"),
  },
  { key: "purpose", head: "For", width: 110, cell: ({ purpose }) => purposeWords[purpose] },
  { key: "since", head: "Open since", width: 104, numeric: true, cell: ({ since }) => <Ago at={since} /> },
];

function Hidden({ children }: { children: string }) {
  return <span className={styles.hidden}>{children}</span>;
}

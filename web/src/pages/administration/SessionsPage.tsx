import { useState } from "react";
import { endAnySession } from "~/api/administration";
import type { AllSessionList, ListedSession } from "~/api/types";
import { useAction } from "~/app/useAction";
import { ask } from "~/ui/ask";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { formatInstant, formatTime } from "~/ui/format";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import { readUserAgent } from "../account/userAgent";
import { Ago } from "./Ago";
import { allSessionsQuery, rereadAll } from "./lists";
import { SearchField } from "./SearchField";
import { Section } from "./Section";
import { usePaged } from "./usePaged";

const rowsOf = (part: AllSessionList) => part.sessions;

/** Where everybody is signed in. */
export function SessionsPage() {
  const [search, setSearch] = useState("");
  const { busy: ending, problem: failure, setProblem, act } = useAction(rereadAll);
  const { rows, total, problem, busy, onMore, reload } = usePaged(allSessionsQuery(search), rowsOf);
  const end = async (session: ListedSession) => {
    const { name } = readUserAgent(session.user_agent);
    const title = `End the session of ${session.username}?`;
    const body = `${name} is signed out at once. Its database connections close, running statements are cancelled, and what is not committed is rolled back. The person can sign in again.`;
    if (!(await ask({ title, body, confirm: "End session", danger: true }))) return;
    await act(session.id, async () => {
      await endAnySession(session.id);
      return `The session of ${session.username} has ended`;
    });
  };
  const columns: readonly ListColumn<ListedSession>[] = [
    ...facts,
    {
      key: "end",
      head: "",
      width: 128,
      numeric: true,
      cell: (session) =>
        session.current ? (
          <Badge tone="accent">This session</Badge>
        ) : (
          <Button
            size="sm"
            busy={ending === session.id}
            aria-label={`End the session of ${session.username} in ${readUserAgent(session.user_agent).name}`}
            onClick={() => void end(session)}
          >
            {ending === session.id ? "Ending" : "End session"}
          </Button>
        ),
    },
  ];
  return (
    <Section
      title="Sessions"
      count={total}
      problem={failure ?? problem}
      busy={busy}
      onReload={() => {
        setProblem(null);
        reload();
      }}
      bar={<SearchField label="Find sessions by person" onSearch={setSearch} />}
    >
      <ListTable
        label="Sessions"
        columns={columns}
        rows={rows}
        total={total ?? 0}
        keyOf={({ id }) => id}
        empty="Nobody who fits is signed in."
        onMore={onMore}
      />
    </Section>
  );
}

const facts: readonly ListColumn<ListedSession>[] = [
  { key: "person", head: "Person", cell: ({ username }) => <span title={username}>{username}</span> },
  {
    key: "browser",
    head: "Browser",
    width: 170,
    cell: ({ user_agent }) => <span title={user_agent ?? undefined}>{readUserAgent(user_agent).name}</span>,
  },
  { key: "address", head: "Address", width: 140, cell: ({ client_address }) => client_address ?? "unknown" },
  {
    key: "source",
    head: "Signed in with",
    width: 140,
    cell: ({ provider_display_name }) => provider_display_name ?? "Local account",
  },
  {
    key: "created",
    head: "Signed in",
    width: 104,
    numeric: true,
    cell: ({ created_at }) => <Moment at={created_at} />,
  },
  {
    key: "used",
    head: "Last used",
    width: 96,
    numeric: true,
    cell: ({ last_used_at }) => <Ago at={last_used_at} />,
  },
  {
    key: "ends",
    head: "Ends",
    width: 104,
    numeric: true,
    cell: ({ expires_at }) => <Moment at={expires_at} />,
  },
];

function Moment({ at }: { at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={formatInstant(date)}>
      {formatTime(date)}
    </time>
  );
}

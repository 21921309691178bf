import type { TimeLimit } from "~/run/protocol";
import { plural } from "~/ui/format";

const WHERE = "“A statement may take” in the session settings";

/** Whose limit of time ended a statement, and where it is raised. */
export function timeLimitWords({ limit_ms: limit, origin }: TimeLimit): string {
  const length = limit == null ? "" : ` of ${lengthWords(limit)}`;
  switch (origin) {
    case "tab":
      return `This tab's own limit${length}. Raise it, or take it away, under ${WHERE}.`;
    case "unknown":
      return `If it took too long, the limit is not this tab's: ${ORIGINS.unknown}. A limit of the tab's own goes before it: ${WHERE}.`;
    case "session":
    case "connection":
    case "role":
    case "database":
    case "server":
      return `A limit${length} that is not this tab's: ${ORIGINS[origin]}. A limit of the tab's own goes before it: ${WHERE}.`;
  }
}

const ORIGINS: Record<Exclude<TimeLimit["origin"], "tab">, string> = {
  session: "SET statement_timeout was run in this session",
  connection: "it comes with the connection, from the parameters of the server's definition",
  role: "it is set for your role (ALTER ROLE … SET statement_timeout)",
  database: "it is set for the database (ALTER DATABASE … SET statement_timeout)",
  server: "it stands in PostgreSQL's configuration (statement_timeout)",
  unknown: "it was set in the session, or comes with the role, the database or the server",
};

function lengthWords(milliseconds: number): string {
  if (milliseconds % 60_000 === 0) return plural(milliseconds / 60_000, "minute");
  return milliseconds % 1_000 === 0 ? `${milliseconds / 1_000} s` : `${milliseconds} ms`;
}

import type { Server } from "~/api/types";
import { environmentOf } from "~/app/servers";
import type { AtStake, StatusFacts } from "~/app/status";
import type { Tab } from "~/app/tabs";
import type { CursorPlace } from "~/editor/SqlEditor";
import { shortDecimal } from "~/grid/decimal";
import type { SelectionSummary } from "~/grid/summary";
import type { Connection } from "~/run/protocol";
import type { SessionView } from "~/run/sessionState";
import { formatCount, plural } from "~/ui/format";
import { failedStatement } from "./runWords";
import { modeWords } from "./transactionWords";

/** What is selected, where the person was last. */
export type Selected =
  | { readonly kind: "text"; readonly place: CursorPlace }
  | { readonly kind: "cells"; readonly summary: SelectionSummary };

/** What the status bar says of a query tab. */
export function statusFacts(
  tab: Tab,
  server: Server | undefined,
  view: SessionView,
  selected: Selected | null,
): StatusFacts {
  const { state, run, transaction } = view;
  const connection = "connection" in state ? state.connection : null;
  const failed = run && failedStatement(run);
  const readOnly = connection && whyReadOnly(connection, tab);
  return {
    environment: environmentOf(server),
    server: server?.name ?? null,
    database: connection?.database ?? tab.database,
    sessionUser: connection?.session_user ?? null,
    credential: connection && {
      source: connection.credential.source,
      label: connection.credential.label,
      fetchedAt: connection.credential.renewed_at ?? null,
      goodUntil: connection.credential.expires_at ?? null,
      renewsAt: connection.credential.renews_at ?? null,
      renewalProblem: connection.credential.renewal_problem?.detail ?? null,
    },
    readOnly,
    unlocked: connection !== null && connection.read_only && connection.writes === "allowed",
    transaction: connection && {
      state: transaction.state,
      since: transaction.since,
      words: modeWords(transaction, readOnly !== null),
    },
    selection: selected && selectedWords(selected),
    rows: run && run.results.length > 0 ? run.results.reduce((sum, { rowCount }) => sum + rowCount, 0) : null,
    durationMs: run?.state.kind === "finished" ? run.state.durationMs : null,
    atStake: atStake(view),
    error: failed ? `error ${failed.state.error.code}` : null,
  };
}

function whyReadOnly({ writes, standby, default_read_only }: Connection, tab: Tab): string | null {
  if (writes === "forbidden") return "You are a viewer: you look at databases and change nothing";
  if (writes === "locked") return "Sessions on this server are read only until you unlock writing";
  if (tab.options.readOnly) return "This tab's session settings are read only";
  if (standby === true) return "The server is a standby, where nothing is written";
  return default_read_only === true ? "default_transaction_read_only is on in this session" : null;
}

function atStake({ state, transaction }: SessionView): AtStake {
  if (state.kind !== "lost")
    return { transaction: transaction.state !== "idle", statement: state.kind === "running" };
  const bySignIn = state.problem.code === "not_signed_in";
  return { transaction: bySignIn && state.transaction !== "idle", statement: bySignIn && state.wasRunning };
}

function selectedWords(selected: Selected): string {
  if (selected.kind === "text") {
    const { line, column, selected: characters } = selected.place;
    return `Ln ${line}, Col ${column}${characters > 0 ? `, ${plural(characters, "character")}` : ""}`;
  }
  const { cells, values } = selected.summary;
  const words = [plural(cells, "cell")];
  if (values) {
    const { count, nulls, distinct, total, range } = values;
    if (nulls > 0) words.push(`${formatCount(nulls)} NULL`);
    if (distinct !== null && distinct < count) words.push(`${formatCount(distinct)} distinct`);
    const short = (text: string) => shortened(total ? shortDecimal(text, LONGEST) : text);
    if (total) words.push(`sum ${short(total.sum)}`, `avg ${short(total.average)}`);
    if (range) words.push(`min ${short(range.least)}`, `max ${short(range.greatest)}`);
  }
  return words.join(", ");
}

/** So that a long text leaves room for the rest of the line. */
const LONGEST = 32;

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

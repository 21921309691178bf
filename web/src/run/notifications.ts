import type { RowStore } from "./rowStore";

/** A NOTIFY that the session heard. */
export interface HeardNotification {
  /** Counts on, so that each has a name of its own. */
  readonly id: number;
  readonly channel: string;
  readonly payload: string;
  /** The process that notified. */
  readonly pid: number;
  /** When it came, by the browser's clock. */
  readonly at: Date;
}

/** What a session listens to, and what it heard. */
export interface Listening {
  readonly channels: readonly string[];
  /** The newest first, as many as are kept. */
  readonly heard: readonly HeardNotification[];
  /** How many older ones were dropped. */
  readonly dropped: number;
  /** Why the last wish to listen failed. */
  readonly error: string | null;
}

export const NOTHING_HEARD: Listening = { channels: [], heard: [], dropped: 0, error: null };

/** A loop of NOTIFY must not fill the browser's memory. */
export const MAX_HEARD = 500;
let lastId = 0;

/** One more was heard. */
export function withHeard(
  listening: Listening,
  { channel, payload, backend_pid }: { channel: string; payload: string; backend_pid: number },
): Listening {
  lastId += 1;
  const newest = { id: lastId, channel, payload, pid: backend_pid, at: new Date() };
  const heard = [newest, ...listening.heard];
  return {
    ...listening,
    heard: heard.slice(0, MAX_HEARD),
    dropped: listening.dropped + Math.max(0, heard.length - MAX_HEARD),
  };
}

/** Tells which channels the session listens to: PostgreSQL knows, whoever asked it to. */
export const LISTENING_SQL = "select channel from pg_catalog.pg_listening_channels() channel order by 1";

/** Asks PostgreSQL to listen to a channel or no longer to, and then which it listens to. */
export function listenSql(channel: string, on: boolean): string {
  const name = `"${channel.replaceAll('"', '""')}"`;
  return `${on ? "listen" : "unlisten"} ${name};\n${LISTENING_SQL}`;
}

/** What `LISTENING_SQL` was answered with, as far as there is an answer. */
export function withChannels(listening: Listening, rows: RowStore | undefined): Listening {
  if (!rows) return listening;
  const channels = Array.from({ length: rows.rowCount }, (_, row) => {
    const cell = rows.cell(row, 0);
    return cell.kind === "null" ? "" : cell.text;
  });
  return { ...listening, channels };
}

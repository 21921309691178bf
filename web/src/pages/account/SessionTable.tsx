import { type LucideIcon, Monitor, Smartphone, SquareTerminal, Tablet } from "lucide-react";
import type { SessionSummary } from "~/api/types";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatAgo, formatInstant, formatTime } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Skeleton } from "~/ui/Skeleton";
import table from "~/ui/Table.module.css";
import styles from "./SessionTable.module.css";
import { type Client, readUserAgent } from "./userAgent";

const icons: Record<Client["device"], LucideIcon> = {
  computer: Monitor,
  phone: Smartphone,
  tablet: Tablet,
  program: SquareTerminal,
};

interface SessionTableProps {
  /** Undefined while they are on their way. */
  sessions: readonly SessionSummary[] | undefined;
  /** The id of the one that is being ended. */
  ending: string | null;
  onEnd: (session: SessionSummary) => void;
}

/** One line a session, the newest use first. */
export function SessionTable({ sessions, ending, onEnd }: SessionTableProps) {
  return (
    <div className={classes(table.scroller, table.inDialog)} data-list="" tabIndex={-1}>
      <table className={classes(table.table, styles.sessions)} aria-busy={sessions === undefined}>
        <caption className="visually-hidden">Sessions</caption>
        <thead>
          <tr>
            <th scope="col">Browser</th>
            <th scope="col">Address</th>
            <th scope="col">Signed in with</th>
            <th scope="col" className={table.number}>
              Signed in
            </th>
            <th scope="col" className={table.number}>
              Last used
            </th>
            <th scope="col" className={table.number}>
              Ends
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {sessions === undefined
            ? [1, 2, 3].map((line) => <SkeletonRow key={line} />)
            : sessions.map((session) => (
                <Row
                  key={session.id}
                  session={session}
                  ending={ending === session.id}
                  onEnd={() => onEnd(session)}
                />
              ))}
        </tbody>
      </table>
      {sessions === undefined && (
        <p className="visually-hidden" role="status">
          Loading your sessions
        </p>
      )}
      {sessions?.length === 0 && <p className={table.none}>You have no sessions.</p>}
    </div>
  );
}

interface RowProps {
  session: SessionSummary;
  ending: boolean;
  onEnd: () => void;
}

function Row({ session, ending, onEnd }: RowProps) {
  const client = readUserAgent(session.user_agent);
  const address = session.client_address ?? "unknown";
  const verb = session.current ? "Sign out" : "End session";
  return (
    <tr className={session.current ? styles.current : undefined}>
      <th scope="row" title={session.user_agent ?? undefined}>
        <span className={styles.browser}>
          <Icon of={icons[client.device]} />
          <span className={styles.name}>{client.name}</span>
          {session.current && <Badge tone="accent">This session</Badge>}
        </span>
      </th>
      <td className={styles.address} title={address}>
        {address}
      </td>
      <td title={session.provider_display_name ?? undefined}>
        {session.provider_display_name ?? "Local account"}
      </td>
      <Time at={session.created_at} words={formatTime} />
      <Time at={session.last_used_at} words={session.current ? () => "now" : formatAgo} />
      <Time at={session.expires_at} words={formatTime} />
      <td className={table.action}>
        <Button
          size="sm"
          busy={ending}
          aria-label={session.current ? verb : `${verb} of ${client.name}, ${address}`}
          onClick={onEnd}
        >
          {ending ? "Ending" : verb}
        </Button>
      </td>
    </tr>
  );
}

function Time({ at, words }: { at: string; words: (at: Date) => string }) {
  const date = new Date(at);
  return (
    <td className={table.number}>
      <time dateTime={at} title={formatInstant(date)}>
        {words(date)}
      </time>
    </td>
  );
}

function SkeletonRow() {
  return (
    <tr>
      {[140, 80, 90, 40, 56, 40, 72].map((width, column) => (
        <td key={column} className={column > 2 && column < 6 ? table.number : undefined}>
          <Skeleton width={width} />
        </td>
      ))}
    </tr>
  );
}

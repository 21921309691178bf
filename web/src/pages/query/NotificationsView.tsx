import { Bell, Eraser, X } from "lucide-react";
import { useEffect, useState } from "react";

import type { Listening } from "~/run/notifications";
import type { QuerySession } from "~/run/querySession";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatCount, formatInstant, formatMoment, plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Input } from "~/ui/Input";
import table from "~/ui/Table.module.css";
import styles from "./NotificationsView.module.css";

interface NotificationsViewProps {
  session: QuerySession | null;
  listening: Listening;
  /** Why nothing can be asked of the session now; null when it can. */
  blocked: string | null;
}

/** What others NOTIFY, as the tab's session hears it, and which channels it listens to. */
export function NotificationsView({ session, listening, blocked }: NotificationsViewProps) {
  const [channel, setChannel] = useState("");
  const { channels, heard, dropped, error } = listening;
  // A script may have listened as well.
  useEffect(() => session?.lookWhatIsHeard(), [session]);

  const listen = () => {
    if (channel.trim() === "" || blocked !== null) return;
    session?.listen(channel.trim(), true);
    setChannel("");
  };
  return (
    <div className={styles.view}>
      <form
        className={styles.bar}
        aria-label="Channels"
        onSubmit={(event) => {
          event.preventDefault();
          listen();
        }}
      >
        <Input
          mono
          size="sm"
          aria-label="Channel"
          placeholder="Channel"
          maxLength={63}
          value={channel}
          onChange={({ target }) => setChannel(target.value)}
        />
        <Button
          size="sm"
          icon={Bell}
          disabled={blocked !== null || channel.trim() === ""}
          title={blocked ?? "Listen to the channel with this tab's session"}
          onClick={listen}
        >
          Listen
        </Button>
        <ul className={styles.channels} aria-label="Channels listened to">
          {channels.map((name) => (
            <li key={name}>
              <span className={styles.channel}>{name}</span>
              <button
                type="button"
                className={styles.stop}
                aria-label={`Stop listening to ${name}`}
                title={blocked ?? `Stop listening to ${name}`}
                disabled={blocked !== null}
                onClick={() => session?.listen(name, false)}
              >
                <Icon of={X} size={12} />
              </button>
            </li>
          ))}
        </ul>
        <span className={styles.end}>
          <Button
            size="sm"
            variant="ghost"
            icon={Eraser}
            disabled={heard.length === 0}
            onClick={() => session?.forgetHeard()}
          >
            Clear list
          </Button>
        </span>
      </form>
      {error !== null && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      {heard.length === 0 ? (
        <p className={styles.nothing}>
          {channels.length === 0
            ? "The session listens to no channel. Name one above, or run LISTEN in the editor."
            : "Nothing was heard yet. Notifications arrive here as they come, also while nothing runs."}
        </p>
      ) : (
        <div
          className={classes(table.scroller, styles.list)}
          tabIndex={0}
          role="region"
          aria-label="Notifications"
        >
          <table className={classes(table.table, styles.table)}>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Channel</th>
                <th scope="col">Payload</th>
                <th scope="col" className={table.number}>
                  Process
                </th>
              </tr>
            </thead>
            <tbody>
              {heard.map(({ id, at, channel: from, payload, pid }) => (
                <tr key={id}>
                  <td title={formatInstant(at)}>{formatMoment(at)}</td>
                  <td>{from}</td>
                  <td className={styles.payload}>{payload}</td>
                  <td className={table.number}>{pid}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {dropped > 0 && (
            <p className={styles.nothing}>
              {`${plural(dropped, "older notification")} dropped: the newest ${formatCount(heard.length)} are kept.`}
            </p>
          )}
        </div>
      )}
    </div>
  );
}

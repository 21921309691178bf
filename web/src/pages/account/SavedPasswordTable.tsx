import type { SavedPassword } from "~/api/types";
import { useServers } from "~/app/servers";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatAgo, formatInstant } from "~/ui/format";
import { Skeleton } from "~/ui/Skeleton";
import table from "~/ui/Table.module.css";
import styles from "./SavedPasswordTable.module.css";

interface SavedPasswordTableProps {
  /** Undefined while they are on their way. */
  saved: readonly SavedPassword[] | undefined;
  /** Server and kind of the one that is being forgotten. */
  forgetting: string | null;
  empty: string;
  onForget: (which: SavedPassword) => void;
}

/** A line each. */
export function SavedPasswordTable({ saved, forgetting, empty, onForget }: SavedPasswordTableProps) {
  const names = new Map(useServers().map(({ id, name }) => [id, name]));
  return (
    <div className={classes(table.scroller, table.inDialog)} data-list="" tabIndex={-1}>
      <table className={classes(table.table, styles.passwords)} aria-busy={saved === undefined}>
        <caption className="visually-hidden">Saved passwords</caption>
        <thead>
          <tr>
            <th scope="col">Server</th>
            <th scope="col">Logs in</th>
            <th scope="col">Of</th>
            <th scope="col" className={table.number}>
              Saved
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {saved === undefined && <Waiting />}
          {saved?.map((which) => {
            const key = `${which.server_id} ${which.kind}`;
            const name = names.get(which.server_id) ?? "A server that you do not see now";
            const at = new Date(which.saved_at);
            return (
              <tr key={key}>
                <th scope="row" title={name}>
                  {name}
                </th>
                <td title={which.target}>
                  <span className={styles.target}>{which.target}</span>
                  {which.refused_at != null && (
                    <span title={`Refused ${formatInstant(new Date(which.refused_at))}`}>
                      <Badge tone="warning">Refused, asked for next time</Badge>
                    </span>
                  )}
                </td>
                <td>{which.kind === "tunnel" ? "SSH tunnel" : "Database"}</td>
                <td className={table.number}>
                  <time dateTime={which.saved_at} title={formatInstant(at)}>
                    {formatAgo(at)}
                  </time>
                </td>
                <td className={table.action}>
                  <Button
                    size="sm"
                    busy={forgetting === key}
                    aria-label={`Forget the password of ${which.target}`}
                    onClick={() => onForget(which)}
                  >
                    {forgetting === key ? "Forgetting" : "Forget"}
                  </Button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {saved?.length === 0 && <p className={table.none}>{empty}</p>}
    </div>
  );
}

function Waiting() {
  return (
    <tr>
      {[120, 180, 60, 40, 56].map((width) => (
        <td key={width}>
          <Skeleton width={width} />
        </td>
      ))}
    </tr>
  );
}

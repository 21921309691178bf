import { Lock, LockOpen, SlidersHorizontal } from "lucide-react";

import type { Isolation } from "~/api/types";
import { useMenuCommands } from "~/app/commands";
import type { TabOptions } from "~/app/tabOptions";
import type { QuerySession } from "~/run/querySession";
import type { Connection } from "~/run/protocol";
import type { SessionView } from "~/run/sessionState";
import { IconButton } from "~/ui/Button";
import { Menu, type MenuEntry } from "~/ui/Menu";
import styles from "./SessionMenu.module.css";
import { changeTabOptions, useTabOptions } from "./tabOptions";

const TIMEOUTS: readonly { ms: number | null; label: string }[] = [
  { ms: null, label: "As the server has it" },
  { ms: 5_000, label: "5 seconds" },
  { ms: 30_000, label: "30 seconds" },
  { ms: 300_000, label: "5 minutes" },
  { ms: 3_600_000, label: "1 hour" },
  { ms: 0, label: "None" },
];
const LEVELS: readonly { level: Isolation | null; label: string }[] = [
  { level: null, label: "As the server has it" },
  { level: "read_committed", label: "Read committed" },
  { level: "repeatable_read", label: "Repeatable read" },
  { level: "serializable", label: "Serializable" },
];

interface SessionMenuProps {
  tabId: string;
  active: boolean;
  session: QuerySession | null;
  view: SessionView;
  onUnlock: () => void;
}

/** How the tab's session is set, and what holds in it at the moment. */
export function SessionMenu({ tabId, active, session, view, onUnlock }: SessionMenuProps) {
  const options = useTabOptions(tabId);
  const change = (part: Partial<TabOptions>) => changeTabOptions(tabId, part);
  const changed = options.readOnly || options.timeoutMs !== null || options.isolation !== null;
  const connection = "connection" in view.state ? view.state.connection : null;
  const writes = connection?.writes ?? "allowed";
  const ready = view.state.kind === "ready";
  // On a server that locks there is one read only, not two: that of the lock.
  const toggleReadOnly = () => {
    if (options.readOnly) change({ readOnly: false });
    if (writes === "locked") onUnlock();
    else if (connection?.read_only && ready && !options.readOnly) session?.lock();
    else if (!options.readOnly) change({ readOnly: true });
  };
  const entries: MenuEntry[] = [
    {
      kind: "choice",
      label: "Read only",
      chosen: options.readOnly || writes !== "allowed",
      run: toggleReadOnly,
    },
    { kind: "caption", label: "Isolation of new transactions" },
    ...LEVELS.map(({ level, label }): MenuEntry => ({
      kind: "choice",
      label: level === null ? label : `Isolation: ${label.toLowerCase()}`,
      chosen: options.isolation === level,
      run: () => change({ isolation: level }),
    })),
    { kind: "caption", label: "A statement may take" },
    ...TIMEOUTS.map(({ ms, label }): MenuEntry => ({
      kind: "choice",
      label: ms === null ? "Timeout as the server has it" : ms === 0 ? "No timeout" : `At most ${label}`,
      chosen: options.timeoutMs === ms,
      run: () => change({ timeoutMs: ms }),
    })),
  ];
  useMenuCommands(`session-${tabId}`, active, "Session", () => entries);
  return (
    <span onPointerDown={() => session?.inspect()} onKeyDown={() => session?.inspect()}>
      <Menu
        head={<Holds view={view} />}
        trigger={
          <IconButton
            icon={SlidersHorizontal}
            label={changed ? "Session settings, changed" : "Session settings"}
            variant={changed ? "secondary" : "ghost"}
          />
        }
        entries={[...lockEntries(connection, ready, onUnlock, () => session?.lock()), ...entries]}
      />
    </span>
  );
}

/** Where the server is read only by default: to write all the same, or no longer. */
function lockEntries(
  connection: Connection | null,
  ready: boolean,
  unlock: () => void,
  lock: () => void,
): MenuEntry[] {
  if (connection === null || !connection.read_only || connection.writes === "forbidden") return [];
  return connection.writes === "locked"
    ? [{ kind: "action", label: "Unlock writing", icon: LockOpen, disabled: !ready, run: unlock }]
    : [{ kind: "action", label: "Lock writing again", icon: Lock, disabled: !ready, run: lock }];
}

/** What PostgreSQL says of the session. */
function Holds({ view: { settings, state } }: { view: SessionView }) {
  if (!("connection" in state)) {
    return <p className={styles.holds}>The session opens with the first run.</p>;
  }
  if (!settings)
    return <p className={styles.holds}>What holds in the session is shown while nothing runs.</p>;
  const rows = [
    ["search_path", settings.search_path],
    ["isolation", settings.transaction_isolation],
    ["read only", settings.transaction_read_only],
    ["statement_timeout", settings.statement_timeout === "0" ? "none" : settings.statement_timeout],
  ];
  return (
    <dl className={styles.holds}>
      {rows.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

import { CircleCheck, CircleMinus, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { hasCode, isPassing, problemFrom } from "~/api/problem";
import { addServer } from "~/api/servers";
import type { PgadminServer, Server } from "~/api/types";
import { groupOf, rememberServer, useServers } from "~/app/servers";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { toast } from "~/ui/toast";
import styles from "./ImportDialog.module.css";
import { closeImport, type ServerFile } from "./importState";

/** The servers of a file that pgAdmin exported: what each would be here, and which of them are to come. */
export function ImportDialog({ file }: { file: ServerFile }) {
  // As it was at first: what is added here does not become "there already".
  const [before] = useState(useServers());
  const rows = file.servers.map((server) => ({ server, isThere: isThere(server, before) }));
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set());
  const [added, setAdded] = useState<ReadonlySet<number>>(new Set());
  const [failed, setFailed] = useState<ReadonlyMap<number, string>>(new Map());
  const [adding, setAdding] = useState(false);
  const closed = useRef(false);
  useEffect(() => {
    closed.current = false;
    return () => void (closed.current = true);
  }, []);
  const isOpen = (place: number) => {
    const row = rows[place];
    return row?.server.definition != null && !row.isThere && !added.has(place);
  };
  const chosen = rows.map((_, place) => place).filter((place) => isOpen(place) && !left.has(place));

  const choose = (place: number, isChosen: boolean) => {
    const next = new Set(left);
    if (isChosen) next.delete(place);
    else next.add(place);
    setLeft(next);
  };
  const add = async () => {
    if (adding || chosen.length === 0) return;
    setAdding(true);
    const failures = new Map<number, string>();
    for (const place of chosen) {
      const definition = rows[place]?.server.definition;
      if (!definition) continue;
      // What was not yet asked for when the person left is not added.
      if (closed.current) return;
      try {
        rememberServer(await addServer(definition));
        setAdded((old) => new Set(old).add(place));
      } catch (thrown) {
        failures.set(place, problemFrom(thrown).detail);
        // The others would fare no better now; they stay chosen.
        if (isPassing(thrown) || hasCode(thrown, "limit_reached")) break;
      }
    }
    setAdding(false);
    setFailed(failures);
    if (failures.size > 0 || closed.current) return;
    toast({ text: `Added ${plural(chosen.length, "server")}` });
    closeImport();
  };

  return (
    <Dialog
      title="Bring servers from pgAdmin"
      size="lg"
      onClose={closeImport}
      onPrimary={() => void add()}
      foot={
        <>
          <Button onClick={closeImport}>{added.size > 0 ? "Close" : "Cancel"}</Button>
          <Button
            variant="primary"
            keys="Mod+Enter"
            busy={adding}
            disabled={chosen.length === 0}
            onClick={() => void add()}
          >
            {chosen.length === 0 ? "Add servers" : `Add ${plural(chosen.length, "server")}`}
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>
          <b>{file.name}</b> holds {plural(rows.length, "server")}. Passwords are not in such a file: you are
          asked for them when you connect.
        </p>
        <ul className={styles.servers}>
          {rows.map(({ server, isThere }, place) => (
            <li key={place}>
              <label>
                <input
                  type="checkbox"
                  checked={isOpen(place) && !left.has(place)}
                  disabled={!isOpen(place) || adding}
                  onChange={(event) => choose(place, event.target.checked)}
                />
                <span className={styles.name}>
                  <b>{server.name}</b>
                  {server.group != null && <span className={styles.group}>{server.group}</span>}
                </span>
                <span className={styles.where}>{whereOf(server)}</span>
              </label>
              <Outcome
                server={server}
                isThere={isThere}
                isAdded={added.has(place)}
                failure={failed.get(place) ?? null}
              />
            </li>
          ))}
        </ul>
      </DialogBody>
    </Dialog>
  );
}

interface OutcomeProps {
  server: PgadminServer;
  isThere: boolean;
  isAdded: boolean;
  failure: string | null;
}

/** What becomes of a server, and what of it does not come over as it was. */
function Outcome({ server, isThere, isAdded, failure }: OutcomeProps) {
  const words = failure ?? server.problem ?? null;
  return (
    <>
      {isAdded && (
        <p className={styles.good}>
          <Icon of={CircleCheck} size={14} /> Added
        </p>
      )}
      {isThere && (
        <p className={styles.quiet}>
          <Icon of={CircleMinus} size={14} /> You have a server of this name in this group already
        </p>
      )}
      {words !== null && (
        <p className={styles.bad}>
          <Icon of={TriangleAlert} size={14} /> Not taken: {plainWords(words)}
        </p>
      )}
      {!isThere &&
        server.notes.map(({ text, needs_a_look: needsLook }) => (
          <p key={text} className={needsLook ? styles.look : styles.quiet}>
            <Icon of={needsLook ? TriangleAlert : CircleMinus} size={14} /> {capital(plainWords(text))}
          </p>
        ))}
    </>
  );
}

/** As on a command line, but for the marks that set words off there. */
function plainWords(text: string): string {
  return text.replace(/[*`]/g, "");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function whereOf({ definition }: PgadminServer): string {
  if (!definition) return "";
  const { host, port, username, connection_parameters: parameters } = definition;
  const place = host === "" ? (parameters?.["service"] ?? "") : `${host}:${port ?? 5432}`;
  return username === "" ? place : `${username}@${place}`;
}

function isThere({ definition }: PgadminServer, servers: readonly Server[]): boolean {
  if (!definition) return false;
  const key = (group: string, name: string) =>
    JSON.stringify([group.trim().toLowerCase(), name.trim().toLowerCase()]);
  const wanted = key(definition.group ?? "Servers", definition.name);
  return servers.some((server) => server.owned && key(groupOf(server), server.name) === wanted);
}

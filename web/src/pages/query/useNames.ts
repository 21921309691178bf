import { useEffect, useMemo } from "react";

import type { Tab } from "~/app/tabs";
import { completions } from "~/completion/completions";
import type { SessionPath } from "~/completion/names";
import type { NameSource } from "~/editor/completion";
import type { Run } from "~/run/runRecord";
import type { SessionView } from "~/run/sessionState";

/** Commands after which names may have changed. */
const CHANGES = /^(?:CREATE|ALTER|DROP|SELECT INTO|IMPORT|COMMIT|REFRESH)/;

/** Names that are older are looked at again when the person comes back to the page. */
const STALE_MS = 30_000;

/** The names of the tab's database for its editor, learnt once there is a session, and again after DDL, one's own or others'. */
export function useNames({ serverId, database }: Tab, view: SessionView): NameSource | null {
  const connected = "connection" in view.state;
  const path = usePath(view);
  const changedBy = view.run && changesNames(view.run) ? view.run.id : null;

  useEffect(() => {
    if (!connected || serverId === null || database === null) return;
    void completions.load(serverId, database);
    const look = () => void completions.load(serverId, database, STALE_MS);
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [connected, serverId, database]);

  useEffect(() => {
    if (changedBy !== null && serverId !== null && database !== null)
      void completions.load(serverId, database, 0);
  }, [changedBy, serverId, database]);

  return useMemo(
    () =>
      serverId === null || database === null
        ? null
        : {
            complete: (place) => completions.complete(serverId, database, { ...place, path }),
            completeAsked: (place) => completions.completeAsked(serverId, database, { ...place, path }),
            relationAt: (place) => completions.relationAt(serverId, database, { ...place, path }),
          },
    [serverId, database, path],
  );
}

/** The session's search path, once it is known to be another than the one that sessions begin with. */
function usePath({ state }: SessionView): SessionPath | null {
  const connection = "connection" in state ? state.connection : null;
  const list = connection?.search_path ?? null;
  const user = connection?.session_user ?? "";
  return useMemo(() => (list === null ? null : { list, user }), [list, user]);
}

function changesNames({ state, statements }: Run): boolean {
  if (state.kind !== "finished") return false;
  return statements.some(({ state: own }) => own.kind === "finished" && CHANGES.test(own.tag));
}

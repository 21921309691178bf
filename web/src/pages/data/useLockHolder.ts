import { useEffect, useState } from "react";

import { fetchLock, type TablePlace } from "~/api/tableData";
import type { LockHolder } from "~/api/types";

/** Before that nobody wonders, and after each such time it is asked again. */
const PATIENCE_MS = 3_000;

/** Who keeps everybody from reading the table, once the rows have not come for a while. */
export function useLockHolder(
  { serverId, database, oid }: TablePlace,
  isReading: boolean,
): LockHolder | null {
  const [holder, setHolder] = useState<LockHolder | null>(null);
  useEffect(() => {
    if (!isReading) return;
    let current = true;
    const timer = setInterval(() => {
      fetchLock({ serverId, database, oid }).then(
        (lock) => current && setHolder(lock.holder ?? null),
        () => undefined, // it is told with the rows what is wrong
      );
    }, PATIENCE_MS);
    return () => {
      current = false;
      clearInterval(timer);
      setHolder(null);
    };
  }, [serverId, database, oid, isReading]);
  return holder;
}

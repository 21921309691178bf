import { useEffect, useRef, useState } from "react";
import { findObjectNames } from "~/api/catalog";
import { problemFrom } from "~/api/problem";
import type { NamedObject } from "~/api/types";

interface Answer {
  readonly key: string;
  readonly found: readonly NamedObject[];
  readonly problem: string | null;
}

const nothing: Answer = { key: "", found: [], problem: null };

export interface NamesAsked {
  readonly serverId: string;
  readonly database: string;
  readonly text: string;
  readonly kinds: readonly string[];
  readonly limit: number;
}

/**
 * The objects that PostgreSQL finds by letters of their names. One question is on its way at a time: what was typed
 * meanwhile is asked next, so that quick typing neither piles questions up nor cuts connections.
 */
export function useServerNames(asked: NamesAsked | null): Answer & { waiting: boolean } {
  const [answer, setAnswer] = useState<Answer>(nothing);
  const wanted = useRef<NamesAsked | null>(null);
  const busy = useRef(false);
  const key = asked === null ? "" : JSON.stringify(asked);

  useEffect(() => {
    wanted.current = asked;
    if (busy.current || asked === null) return;
    busy.current = true;
    void askAll(wanted, setAnswer).finally(() => (busy.current = false));
    // The key says all that there is to an asked.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  useEffect(() => () => void (wanted.current = null), []);
  return { ...(asked === null ? nothing : answer), waiting: asked !== null && answer.key !== key };
}

async function askAll(wanted: { current: NamesAsked | null }, tell: (answer: Answer) => void): Promise<void> {
  let done: NamesAsked | null = null;
  while (wanted.current !== null && wanted.current !== done) {
    done = wanted.current;
    const { serverId, database, text, kinds, limit } = done;
    const key = JSON.stringify(done);
    try {
      tell({ key, found: await findObjectNames(serverId, database, { text, kinds, limit }), problem: null });
    } catch (thrown) {
      tell({ key, found: [], problem: problemFrom(thrown).detail });
    }
  }
}

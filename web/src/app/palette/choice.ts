import { useEffect, useRef, useState } from "react";
import type { Found } from "./entries";

/** What is done with the entry that was chosen. */
export type How = "open" | "beside" | "select";

export function howOf(event: { ctrlKey: boolean; metaKey: boolean; altKey: boolean }): How {
  if (event.ctrlKey || event.metaKey) return "beside";
  return event.altKey ? "select" : "open";
}

/** What an entry is known by while the list changes round it. */
export function keyOf(entry: Found): string {
  return `${entry.section}-${entry.id}`;
}

interface Choice {
  /** Where the entry stands that is chosen by Enter. */
  readonly at: number;
  readonly setAt: (index: number) => void;
  readonly choose: (how: How) => void;
  /** Something else is asked for: the best match is the one. */
  readonly restart: () => void;
}

/**
 * The entry that Enter takes. What was seen under the bar stays under it when more matches come in, wherever they stand;
 * Enter that comes before the matches waits for them.
 */
export function useChoice(
  found: readonly Found[],
  settled: boolean,
  onChoose: (entry: Found, how: How) => void,
): Choice {
  const [key, setKey] = useState<string | null>(null);
  const held = useRef<How | null>(null);
  const at = Math.max(
    0,
    found.findIndex((entry) => keyOf(entry) === key),
  );
  const current = found[at];
  if (settled && key === null && current !== undefined) setKey(keyOf(current));

  useEffect(() => {
    const how = held.current;
    if (!settled || how === null) return;
    held.current = null;
    if (current) onChoose(current, how);
  }, [settled, current, onChoose]);

  return {
    at,
    setAt: (index) => {
      const entry = found[index];
      if (entry) setKey(keyOf(entry));
    },
    choose: (how) => {
      if (!settled) held.current = how;
      else if (current) onChoose(current, how);
    },
    restart: () => {
      setKey(null);
      held.current = null;
    },
  };
}

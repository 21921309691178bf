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

/** A change of the list is seen after so many milliseconds at the earliest. */
const REACTION_MS = 250;

/** The best match, as a person has seen it. */
interface Seen {
  /** What was typed then, by number: what one types oneself changes the list as one expects. */
  readonly typing: number;
  readonly key: string;
  /** Which one it was until a moment ago. */
  readonly before: string | null;
  readonly changedAt: number;
}

/**
 * The entry that Enter takes: the one that was gone to, else the best. More matches may come in at every moment, so Enter
 * waits for the first of them, and takes what stood there when the person began to press it. What was gone to by key or
 * pointer stays chosen wherever it moves.
 */
export function useChoice(
  found: readonly Found[],
  settled: boolean,
  onChoose: (entry: Found, how: How) => void,
): Choice {
  const [key, setKey] = useState<string | null>(null);
  const [typing, setTyping] = useState(0);
  const held = useRef<How | null>(null);
  const seen = useRef<Seen | null>(null);
  const at = Math.max(
    0,
    found.findIndex((entry) => keyOf(entry) === key),
  );
  const current = found[at];
  const best = settled && key === null && found[0] !== undefined ? keyOf(found[0]) : null;

  useEffect(() => {
    seen.current = best === null ? null : seenNext(seen.current, best, typing);
  }, [best, typing]);
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
      if (!settled) {
        held.current = how;
        return;
      }
      const before = justBefore(seen.current);
      const entry = found.find((one) => keyOf(one) === before) ?? current;
      if (entry) onChoose(entry, how);
    },
    restart: () => {
      setKey(null);
      setTyping((count) => count + 1);
      held.current = null;
    },
  };
}

function seenNext(seen: Seen | null, best: string, typing: number): Seen {
  if (seen?.typing !== typing) return { typing, key: best, before: null, changedAt: 0 };
  if (seen.key === best) return seen;
  return { typing, key: best, before: justBefore(seen) ?? seen.key, changedAt: performance.now() };
}

function justBefore(seen: Seen | null): string | null {
  return seen !== null && performance.now() - seen.changedAt < REACTION_MS ? seen.before : null;
}

import type { Keepsake } from "~/run/querySession";

interface Entry {
  readonly id: string;
  readonly serverId: string;
  readonly database: string;
  readonly keepsake: Keepsake | null;
}

const KEY = "howdah:sessions";

// It is written when the page goes and taken when it comes, so that a copy of the window, which has the same storage,
// does not take the sessions of the one that it was copied from.
let kept: Entry[] | null = null;

/** Keeps the sessions of a page that goes. */
export function keepForReload(entries: readonly Entry[]): void {
  const living = entries.filter(({ keepsake }) => keepsake !== null);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(living));
  } catch {
    // The sessions then end by themselves after a while; no text is lost.
  }
}

/** The session that a tab had before the page was loaded anew, once. */
export function takeKeepsake(id: string, serverId: string, database: string): Keepsake | null {
  kept ??= read();
  const found = kept.find(
    (entry) => entry.id === id && entry.serverId === serverId && entry.database === database,
  );
  kept = kept.filter((entry) => entry !== found);
  return found?.keepsake ?? null;
}

/** Tabs whose sessions wait for them. */
export function tabsWithKeepsakes(): readonly string[] {
  kept ??= read();
  return kept.map(({ id }) => id);
}

function read(): Entry[] {
  try {
    const text = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return text === null ? [] : (JSON.parse(text) as Entry[]);
  } catch {
    return [];
  }
}

import { answer, client } from "./client";
import { hasCode } from "./problem";
import type {
  SettingConflict,
  SettingName,
  StoredSetting,
  StoredTab,
  TabChange,
  TabConflict,
  Workspace,
} from "./types";

/** What the person has open and how they like it, as every browser of theirs finds it. */
export function fetchWorkspace(): Promise<Workspace> {
  return answer(client.GET("/api/v1/me/workspace"));
}

/** A request body that a browser still sends when its page is gone may be no larger. */
const KEEPALIVE_BYTES = 48 * 1024;

/** A connection that says nothing for so long must not hold back what is typed meanwhile. */
const SAVE_LIMIT_MS = 30_000;

/** Keeps a tab and gives its version. `leaving`: the page may be gone before the answer comes. */
export async function saveTab(id: string, change: TabChange, leaving = false): Promise<number> {
  const keepalive = leaving && change.sql.length < KEEPALIVE_BYTES;
  const request = client.PUT("/api/v1/me/tabs/{id}", {
    params: { path: { id } },
    body: change,
    keepalive,
    signal: AbortSignal.timeout(SAVE_LIMIT_MS),
  });
  return (await answer(request)).version;
}

export async function removeTab(id: string, version: number): Promise<void> {
  await answer(client.DELETE("/api/v1/me/tabs/{id}", { params: { path: { id }, query: { version } } }));
}

/** Keeps a setting and gives its version. */
export async function saveSetting(
  name: SettingName,
  version: number,
  value: Record<string, unknown>,
): Promise<number> {
  const request = client.PUT("/api/v1/me/settings/{setting}", {
    params: { path: { setting: name } },
    body: { version, value: value as Record<string, never> },
    signal: AbortSignal.timeout(SAVE_LIMIT_MS),
  });
  return (await answer(request)).version;
}

/** The tab that somebody else has saved meanwhile, null when it was closed; undefined when it is another failure. */
export function conflictingTab(thrown: unknown): StoredTab | null | undefined {
  return hasCode(thrown, "conflict") ? ((thrown.problem as TabConflict).tab ?? null) : undefined;
}

/** The same of a setting. */
export function conflictingSetting(thrown: unknown): StoredSetting | null | undefined {
  return hasCode(thrown, "conflict") ? ((thrown.problem as SettingConflict).setting ?? null) : undefined;
}

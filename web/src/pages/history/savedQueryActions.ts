import { changeQuery, fetchQuery, moveQueryFolder } from "~/api/history";
import type { SavedQuery, SavedQueryDraft } from "~/api/types";
import { queryClient } from "~/app/queryClient";
import { keepFolders, useQueryFolders } from "~/app/queryFolders";
import { movedFolder, nameOfFolder, within } from "./queryTree";

export const QUERIES_KEY = ["saved-queries"];

export function refreshQueries(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: QUERIES_KEY });
}

/** A query as the server takes it, out of what it gave. */
export function draftOf(query: SavedQuery): SavedQueryDraft {
  const { folder, name, sql, server_id: serverId, database, audience, version } = query;
  return {
    folder,
    name,
    sql: sql ?? "",
    ...(serverId != null && { server_id: serverId }),
    ...(database != null && { database }),
    ...(audience != null && { audience }),
    version,
  };
}

/** Changes where a query stands or what it is called; its text stays. */
export async function placeQuery(
  { id }: SavedQuery,
  change: Partial<Pick<SavedQuery, "folder" | "name">>,
): Promise<void> {
  const whole = await fetchQuery(id);
  await changeQuery(id, { ...draftOf(whole), ...change });
  await refreshQueries();
}

/** Gives a folder another place or name, with all that is in it. */
export async function placeFolder(from: string, to: string): Promise<void> {
  if (from === to) return;
  await moveQueryFolder(from, to);
  const { folders } = useQueryFolders.getState();
  keepFolders([...folders.map((folder) => movedFolder(folder, from, to) ?? folder), to]);
  await refreshQueries();
}

/** Where a folder would be in another one; null when that cannot be. */
export function folderWithin(from: string, target: string): string | null {
  const to = within(target, nameOfFolder(from));
  return movedFolder(target, from, "") !== null || to === from ? null : to;
}

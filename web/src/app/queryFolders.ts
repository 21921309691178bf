import { create } from "zustand";

let account = "";
const keyOf = () => `howdah:${account}:query-folders`;
const MAX_FOLDERS = 200;
const MAX_LENGTH = 200;

/**
 * Folders that the person has made for saved queries. A folder with queries is known by them; these are the ones that
 * stand there empty too.
 */
export const useQueryFolders = create<{ readonly folders: readonly string[] }>()(() => ({ folders: [] }));

/** Brings back the folders of an account. */
export function restoreFolders(username: string): void {
  account = username;
  useQueryFolders.setState({ folders: stored() });
}

export function keepFolders(folders: readonly string[]): void {
  const kept = [...new Set(folders.filter(isFolder))].sort().slice(0, MAX_FOLDERS);
  useQueryFolders.setState({ folders: kept });
  try {
    localStorage.setItem(keyOf(), JSON.stringify(kept));
  } catch {
    // They then stay until the page is left; queries and their folders are on the server.
  }
}

/** Folders out of what was stored. */
export function readFolders(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isFolder).slice(0, MAX_FOLDERS) : [];
}

function stored(): readonly string[] {
  try {
    return readFolders(JSON.parse(localStorage.getItem(keyOf()) ?? "[]"));
  } catch {
    return [];
  }
}

function isFolder(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_LENGTH;
}

addEventListener("storage", ({ key }) => {
  if (key === keyOf()) useQueryFolders.setState({ folders: stored() });
});

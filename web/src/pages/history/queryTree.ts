import type { SavedQuery } from "~/api/types";

/** A line of the tree of saved queries. */
export type TreeLine =
  | {
      readonly kind: "folder";
      readonly key: string;
      /** With `/` between its parts. */
      readonly path: string;
      readonly name: string;
      readonly depth: number;
      readonly open: boolean;
      readonly count: number;
      /** Whether it is the person's own, and may be moved. */
      readonly owned: boolean;
    }
  | { readonly kind: "query"; readonly key: string; readonly depth: number; readonly query: SavedQuery };

interface Folder {
  readonly path: string;
  readonly folders: Map<string, Folder>;
  readonly queries: SavedQuery[];
  count: number;
}

/** The folder that holds what others share. It is none of the person's own, so its key is no path. */
export const SHARED = "/shared";

/**
 * The lines of the tree: the person's own folders and queries, then those of others. `made` are folders that exist though
 * nothing may be in them; those whose keys are in `shut` hide what is in them, unless something is looked for.
 */
export function treeLines(
  queries: readonly SavedQuery[],
  made: readonly string[],
  shut: ReadonlySet<string>,
  wanted: string,
): TreeLine[] {
  const needle = wanted.trim().toLowerCase();
  const matching = queries.filter(({ folder, name, owner, owned }) =>
    `${folder}/${name}${owned ? "" : `/${owner}`}`.toLowerCase().includes(needle),
  );
  const own = matching.filter(({ owned }) => owned);
  const others = matching.filter(({ owned }) => !owned);
  const isOpen = (key: string) => needle !== "" || !shut.has(key);
  const lines = linesOf(folderTree(own, needle === "" ? made : []), 0, "", true, isOpen);
  if (others.length === 0) return lines;
  const open = isOpen(SHARED);
  lines.push({
    kind: "folder",
    key: SHARED,
    path: SHARED,
    name: "Shared with you",
    depth: 0,
    open,
    count: others.length,
    owned: false,
  });
  return open ? [...lines, ...linesOf(folderTree(others, []), 1, SHARED, false, isOpen)] : lines;
}

/** All folders of the person's own, with those above them. */
export function ownFolders(queries: readonly SavedQuery[], made: readonly string[]): string[] {
  const all = new Set<string>();
  for (const folder of [...made, ...queries.filter(({ owned }) => owned).map((query) => query.folder)]) {
    const parts = folder.split("/");
    for (let length = 1; length <= parts.length; length += 1) {
      const path = parts.slice(0, length).join("/");
      if (path !== "") all.add(path);
    }
  }
  return [...all].sort((one, other) => one.localeCompare(other));
}

/** Where a folder is after `from` has become `to`; null when it is not in there. */
export function movedFolder(folder: string, from: string, to: string): string | null {
  if (folder !== from && !folder.startsWith(`${from}/`)) return null;
  const rest = folder.slice(from.length);
  return to === "" ? rest.replace(/^\//, "") : `${to}${rest}`;
}

export function nameOfFolder(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function parentOfFolder(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

export function within(parent: string, name: string): string {
  return parent === "" ? name : `${parent}/${name}`;
}

function folderTree(queries: readonly SavedQuery[], made: readonly string[]): Folder {
  const root = emptyFolder("");
  const folderAt = (path: string, counts: boolean): Folder => {
    let at = root;
    for (const part of path.split("/").filter((name) => name !== "")) {
      const next = at.folders.get(part) ?? emptyFolder(within(at.path, part));
      at.folders.set(part, next);
      if (counts) next.count += 1;
      at = next;
    }
    return at;
  };
  for (const path of made) folderAt(path, false);
  for (const query of queries) folderAt(query.folder, true).queries.push(query);
  return root;
}

function emptyFolder(path: string): Folder {
  return { path, folders: new Map(), queries: [], count: 0 };
}

function linesOf(
  { folders, queries }: Folder,
  depth: number,
  prefix: string,
  owned: boolean,
  isOpen: (key: string) => boolean,
): TreeLine[] {
  const lines: TreeLine[] = [];
  const inOrder = [...folders].sort(([one], [other]) => one.localeCompare(other));
  for (const [name, folder] of inOrder) {
    const key = `${prefix}/${folder.path}`;
    const open = isOpen(key);
    lines.push({ kind: "folder", key, path: folder.path, name, depth, open, count: folder.count, owned });
    if (open) lines.push(...linesOf(folder, depth + 1, prefix, owned, isOpen));
  }
  for (const query of queries) lines.push({ kind: "query", key: query.id, depth, query });
  return lines;
}

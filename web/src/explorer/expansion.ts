import { create } from "zustand";
import type { Server } from "~/api/types";
import { useLayout } from "~/app/layout";
import { groupOf } from "~/app/servers";
import { groupNode, serverNodeId } from "./nodes";

/** What is open in the tree and where the person is. */
interface Expansion {
  readonly expanded: ReadonlySet<string>;
  /** Groups are open until they are closed. */
  readonly closedGroups: ReadonlySet<string>;
  readonly selected: string | null;
}

export const useExpansion = create<Expansion>()(() => ({
  expanded: new Set<string>(),
  closedGroups: new Set<string>(),
  selected: null,
}));

const keyOf = (account: string) => `howdah:${account}:explorer`;

/** Brings back what an account had open, and keeps it from then on. Called once, before the shell is shown. */
export function restoreExpansion(account: string): void {
  useExpansion.setState(read(keyOf(account)));
  useExpansion.subscribe(({ expanded, closedGroups, selected }) => {
    try {
      localStorage.setItem(
        keyOf(account),
        JSON.stringify({ expanded: [...expanded], closedGroups: [...closedGroups], selected }),
      );
    } catch {
      // The tree opens by hand again; nothing is lost.
    }
  });
}

export function select(id: string): void {
  if (useExpansion.getState().selected !== id) useExpansion.setState({ selected: id });
}

export function setExpanded(id: string, open: boolean): void {
  useExpansion.setState(({ expanded }) => ({ expanded: withMember(expanded, id, open) }));
}

export function setGroupOpen(id: string, open: boolean): void {
  useExpansion.setState(({ closedGroups }) => ({ closedGroups: withMember(closedGroups, id, !open) }));
}

/** Closes a node and all that is open below it. */
export function collapseBelow(id: string): void {
  useExpansion.setState(({ expanded }) => ({
    expanded: new Set([...expanded].filter((open) => open !== id && !open.startsWith(`${id}/`))),
  }));
}

export function collapseAll(): void {
  useExpansion.setState({ expanded: new Set() });
}

/** Shows a server in the tree, selected. */
export function reveal(server: Server): void {
  useLayout.setState({ explorerOpen: true });
  setGroupOpen(groupNode(groupOf(server)).id, true);
  select(serverNodeId(server.id));
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[role="tree"]')?.focus());
}

function withMember(set: ReadonlySet<string>, member: string, present: boolean): ReadonlySet<string> {
  if (set.has(member) === present) return set;
  const next = new Set(set);
  if (present) next.add(member);
  else next.delete(member);
  return next;
}

function read(key: string): Partial<Expansion> {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, unknown>;
    const strings = (value: unknown) =>
      new Set(Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);
    return {
      expanded: strings(kept.expanded),
      closedGroups: strings(kept.closedGroups),
      selected: typeof kept.selected === "string" ? kept.selected : null,
    };
  } catch {
    return {};
  }
}

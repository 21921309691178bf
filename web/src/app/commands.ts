import type { LucideIcon } from "lucide-react";
import { useEffect, useRef } from "react";
import { create } from "zustand";
import { matches, type Shortcut } from "~/ui/keys";
import type { MenuEntry } from "~/ui/Menu";

/** Something a person can do: it has a name in the palette, and often a key. */
export interface Command {
  id: string;
  /** A verb with its object: `New query`. */
  title: string;
  icon?: LucideIcon;
  keys?: Shortcut;
  /** The part that the command belongs to listens for the key itself, and only there it is one. */
  keysAreLocal?: boolean;
  run: () => void;
}

/** The commands of each part of the page that is there now. */
const useRegistry = create<{ bySource: ReadonlyMap<string, readonly Command[]> }>()(() => ({
  bySource: new Map(),
}));

/** Offers commands while the caller's part of the page is there. Returns what withdraws them. */
export function registerCommands(source: string, commands: readonly Command[]): () => void {
  useRegistry.setState(({ bySource }) => ({ bySource: new Map(bySource).set(source, commands) }));
  return () => {
    useRegistry.setState(({ bySource }) => {
      if (bySource.get(source) !== commands) return {};
      const left = new Map(bySource);
      left.delete(source);
      return { bySource: left };
    });
  };
}

/** `registerCommands` for a component; `commands` needs a stable identity. */
export function useCommands(source: string, commands: readonly Command[]): void {
  useEffect(() => registerCommands(source, commands), [source, commands]);
}

/** What menus offer, by the part of the page that they stand in: looked at when it is asked for. */
const menus = new Map<string, () => readonly Command[]>();

/**
 * Offers in the palette what a menu offers, while the caller's part of the page is there and in front. `title` is said before
 * each entry: `Result`.
 */
export function useMenuCommands(
  source: string,
  active: boolean,
  title: string,
  entries: () => readonly MenuEntry[],
): void {
  const latest = useRef(entries);
  useEffect(() => {
    latest.current = entries;
  });
  useEffect(() => {
    if (!active) return;
    const offered = () => latest.current().flatMap((entry) => commandOf(source, title, entry) ?? []);
    menus.set(source, offered);
    return () => {
      if (menus.get(source) === offered) menus.delete(source);
    };
  }, [source, active, title]);
}

function commandOf(source: string, title: string, entry: MenuEntry): Command | null {
  if (entry.kind !== "action" && entry.kind !== "choice") return null;
  if (entry.kind === "action" && entry.disabled === true) return null;
  const words = `${entry.label.charAt(0).toLowerCase()}${entry.label.slice(1)}`;
  return {
    id: `${source}.${entry.label}`,
    title: `${title}: ${/^[A-Z]{2}/.test(entry.label) ? entry.label : words}`,
    ...(entry.kind === "action" && entry.icon && { icon: entry.icon }),
    run: entry.run,
  };
}

/** All that can be done now. */
export function currentCommands(): Command[] {
  return [...keyedCommands(), ...[...menus.values()].flatMap((offered) => offered())];
}

/** Of several with one id, which a part of the page offers in its own way, the last. */
function keyedCommands(): Command[] {
  const all = [...useRegistry.getState().bySource.values()].flat();
  return [...new Map(all.map((command) => [command.id, command])).values()];
}

/**
 * Runs the command whose key was pressed; later ones win. Keys that a part has taken itself,
 * and all while a dialog is open, are left alone.
 */
export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.repeat || document.querySelector('[role="dialog"]')) return;
  const command = keyedCommands().findLast(
    ({ keys, keysAreLocal }) => keys !== undefined && keysAreLocal !== true && matches(event, keys),
  );
  if (!command) return;
  event.preventDefault();
  command.run();
}

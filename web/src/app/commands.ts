import type { LucideIcon } from "lucide-react";
import { useEffect } from "react";
import { create } from "zustand";
import { matches, type Shortcut } from "~/ui/keys";

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

export function currentCommands(): Command[] {
  return [...useRegistry.getState().bySource.values()].flat();
}

/**
 * Runs the command whose key was pressed; later ones win. Keys that a part has taken itself,
 * and all while a dialog is open, are left alone.
 */
export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.repeat || document.querySelector('[role="dialog"]')) return;
  const command = currentCommands().findLast(
    ({ keys, keysAreLocal }) => keys !== undefined && keysAreLocal !== true && matches(event, keys),
  );
  if (!command) return;
  event.preventDefault();
  command.run();
}

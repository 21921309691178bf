import type { SerializedDockview } from "dockview-react";
import { create } from "zustand";

export const EXPLORER_MIN = 200;
export const EXPLORER_MAX = 480;

/** How a person has arranged the page. */
export interface Arrangement {
  explorerOpen: boolean;
  /** Null: the width that the window's size suggests. */
  explorerWidth: number | null;
  /** How tabs stand beside each other. */
  dock: SerializedDockview | null;
}

export const useLayout = create<Arrangement>()(() => ({
  explorerOpen: true,
  explorerWidth: null,
  dock: null,
}));

const keyOf = (account: string) => `howdah:${account}:layout`;

let arranged = false;

/** Whether this browser has an arrangement of its own. */
export function isArranged(): boolean {
  return arranged;
}

export function arrangement(): Arrangement {
  return useLayout.getState();
}

/** Takes over an arrangement from another browser. */
export function rearrange(value: Partial<Arrangement>): void {
  useLayout.setState(value);
}

/** Tells of each change. */
export function watchArrangement(changed: () => void): void {
  useLayout.subscribe(changed);
}

/** Brings an account's layout back and keeps it from then on. Called once, before the shell is shown. */
export function restoreLayout(account: string): void {
  const stored = read(keyOf(account));
  arranged = stored !== null;
  if (stored) useLayout.setState(stored);
  useLayout.subscribe((layout) => {
    try {
      localStorage.setItem(keyOf(account), JSON.stringify(layout));
    } catch {
      // The layout is a convenience: a browser that cannot keep it loses nothing that was typed.
    }
  });
}

export function toggleExplorer(): void {
  useLayout.setState(({ explorerOpen }) => ({ explorerOpen: !explorerOpen }));
}

export function resizeExplorer(width: number): void {
  useLayout.setState({ explorerWidth: Math.round(Math.min(EXPLORER_MAX, Math.max(EXPLORER_MIN, width))) });
}

function read(key: string): Partial<Arrangement> | null {
  try {
    const text = localStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as Partial<Arrangement>);
  } catch {
    return null;
  }
}

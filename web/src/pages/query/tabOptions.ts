import { create } from "zustand";

import type { Isolation, ParameterValue, RunOptions } from "~/api/types";
import { useTabs } from "~/app/tabs";

/** How a tab runs its statements. */
export interface TabOptions {
  readonly manual: boolean;
  /** A savepoint for each statement. */
  readonly savepoints: boolean;
  readonly readOnly: boolean;
  readonly timeoutMs: number | null;
  readonly isolation: Isolation | null;
  /** The person does not want to be asked about dangerous statements in this tab again. */
  readonly unasked: boolean;
  /** What was given for placeholders last, by name. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

export const USUAL: TabOptions = {
  manual: false,
  savepoints: false,
  readOnly: false,
  timeoutMs: null,
  isolation: null,
  unasked: false,
  parameters: {},
};

// Values of placeholders may be secrets: they go with the window, and so does the rest.
const key = (tabId: string) => `howdah:options:${tabId}`;

const useOptions = create<{ readonly byTab: Readonly<Record<string, TabOptions>> }>()(() => ({ byTab: {} }));

export function useTabOptions(tabId: string): TabOptions {
  return useOptions(({ byTab }) => byTab[tabId]) ?? tabOptions(tabId);
}

export function tabOptions(tabId: string): TabOptions {
  const known = useOptions.getState().byTab[tabId];
  if (known) return known;
  const kept = read(tabId);
  useOptions.setState(({ byTab }) => ({ byTab: { ...byTab, [tabId]: kept } }));
  return kept;
}

export function changeTabOptions(tabId: string, change: Partial<TabOptions>): void {
  const options = { ...tabOptions(tabId), ...change };
  useOptions.setState(({ byTab }) => ({ byTab: { ...byTab, [tabId]: options } }));
  try {
    sessionStorage.setItem(key(tabId), JSON.stringify(options));
  } catch {
    // Then it holds until the page is loaded anew.
  }
}

/** What goes with a run of the tab. */
export function runOptionsOf(
  options: TabOptions,
  ask: { destructive: boolean; writes: boolean },
): RunOptions {
  return {
    transaction: options.manual ? "manual" : "autocommit",
    savepoints: options.savepoints,
    settings: {
      read_only: options.readOnly,
      ...(options.timeoutMs !== null && { statement_timeout_ms: options.timeoutMs }),
      ...(options.isolation !== null && { isolation: options.isolation }),
    },
    ask,
  };
}

function read(tabId: string): TabOptions {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key(tabId)) ?? "{}");
    return typeof kept === "object" && kept !== null ? { ...USUAL, ...kept } : USUAL;
  } catch {
    return USUAL;
  }
}

useTabs.subscribe(({ tabs }, { tabs: before }) => {
  if (tabs === before) return;
  for (const id of Object.keys(before)) if (!tabs[id]) sessionStorage.removeItem(key(id));
});

import { create } from "zustand";

import type { RunOptions } from "~/api/types";
import { type TabOptions, USUAL } from "~/app/tabOptions";
import { updateTab, useTabs } from "~/app/tabs";

export function useTabOptions(tabId: string): TabOptions {
  return useTabs(({ tabs }) => tabs[tabId]?.options) ?? USUAL;
}

export function tabOptions(tabId: string): TabOptions {
  return useTabs.getState().tabs[tabId]?.options ?? USUAL;
}

export function changeTabOptions(tabId: string, change: Partial<TabOptions>): void {
  updateTab(tabId, { options: { ...tabOptions(tabId), ...change } });
}

/** What goes with a run of the tab. */
export function runOptionsOf(options: TabOptions, ask: Required<NonNullable<RunOptions["ask"]>>): RunOptions {
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

/** Tabs in which this window does not ask about dangerous statements again. */
const useUnasked = create<{ readonly tabs: ReadonlySet<string> }>()(() => ({ tabs: new Set() }));

export function isUnasked(tabId: string): boolean {
  return useUnasked.getState().tabs.has(tabId);
}

export function askNoMore(tabId: string): void {
  useUnasked.setState(({ tabs }) => ({ tabs: new Set(tabs).add(tabId) }));
}

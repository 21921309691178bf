import { create } from "zustand";

import { type TabTarget, useTabs } from "~/app/tabs";
import type { ResultSet, Run } from "~/run/runRecord";
import type { RowStore } from "~/run/rowStore";
import { isPlanResult } from "./planText";
import { type Ran, ranIn } from "./ran";
import { namedTable, resultName } from "./resultName";

/** A result as the pane shows it: of the last run, or pinned before. */
export interface ShownResult {
  readonly id: string;
  readonly name: string;
  readonly result: ResultSet;
  readonly ran: Ran;
  /** The database that it came from. */
  readonly target: TabTarget;
  /** What it is taken from: the first table that the statement names, or else its first word. */
  readonly source: string;
  /** Where INSERT statements of its rows go, as SQL. */
  readonly table: string;
  readonly pinned: boolean;
  /** It belongs to the last run. */
  readonly isCurrent: boolean;
}

type Pin = Pick<ShownResult, "id" | "name" | "result" | "ran" | "target" | "source" | "table">;

/** Two results that are looked at side by side. */
export interface Comparison {
  readonly left: string;
  readonly right: string;
}

interface Kept {
  readonly pins: readonly Pin[];
  /** Names that were given by hand. */
  readonly names: Readonly<Record<string, string>>;
  readonly comparison: Comparison | null;
}

const NOTHING: Kept = { pins: [], names: {}, comparison: null };
const useKeptByTab = create<Readonly<Record<string, Kept>>>()(() => ({}));

/** What is kept of the results of a tab beyond the next run. */
export function useKept(tabId: string): Kept {
  return useKeptByTab((kept) => kept[tabId] ?? NOTHING);
}

function change(tabId: string, how: (kept: Kept) => Partial<Kept>): void {
  useKeptByTab.setState((all) => {
    const kept = all[tabId] ?? NOTHING;
    return { [tabId]: { ...kept, ...how(kept) } };
  });
}

export function pinResult(tabId: string, shown: ShownResult): void {
  const { id, name, result, ran, target, source, table } = shown;
  const pin: Pin = { id, name, result, ran, target, source, table };
  change(tabId, ({ pins }) => ({ pins: [...pins.filter((other) => other.id !== id), pin] }));
}

/** Lets a result go with the next run, or at once if its run is past. */
export function unpinResult(tabId: string, id: string): void {
  change(tabId, ({ pins, comparison }) => ({
    pins: pins.filter((pin) => pin.id !== id),
    comparison: comparison?.left === id || comparison?.right === id ? null : comparison,
  }));
}

export function renameResult(tabId: string, id: string, name: string): void {
  change(tabId, ({ names }) => ({ names: { ...names, [id]: name } }));
}

export function compareResults(tabId: string, comparison: Comparison | null): void {
  change(tabId, () => ({ comparison }));
}

/** Memory that pinned results hold. */
export function pinnedBytes(tabId: string): number {
  const pins = useKeptByTab.getState()[tabId]?.pins ?? [];
  return pins.reduce((sum, { result }) => sum + result.rows.byteLength, 0);
}

/** The results to show: those pinned before, then those of the last run, which was at `target`. */
export function shownResults(run: Run | null, { pins, names }: Kept, target: TabTarget): ShownResult[] {
  const current = (run?.results ?? []).map((result, index): ShownResult => {
    const ran = ranIn(run, result.statement);
    const source = resultName(ran.sql, ran.strings);
    const id = resultId(result.rows);
    return {
      id,
      name: names[id] ?? nameOf(result, index, run?.results.length ?? 0, source),
      result,
      ran,
      target,
      source,
      table: tableOf(result, ran),
      pinned: pins.some((pin) => pin.id === id),
      isCurrent: true,
    };
  });
  const before = pins
    .filter(({ id }) => !current.some((shown) => shown.id === id))
    .map((pin): ShownResult => ({
      ...pin,
      name: names[pin.id] ?? pin.name,
      result: { ...pin.result, rowCount: pin.result.rows.rowCount },
      pinned: true,
      isCurrent: false,
    }));
  return [...before, ...current];
}

/** As of a download: the table that the columns come from, or else `result`. */
function tableOf({ columns }: ResultSet, { sql, strings }: Ran): string {
  const tables = new Set(columns.map(({ table_oid }) => table_oid).filter((oid) => oid !== 0));
  return (tables.size === 1 ? namedTable(sql, strings) : null) ?? "result";
}

function nameOf(result: ResultSet, index: number, count: number, source: string): string {
  if (result.title !== null) return result.title;
  if (!isPlanResult(result)) return `${index + 1} ${source}`;
  return count === 1 ? "Plan" : `${index + 1} Plan`;
}

const ids = new WeakMap<RowStore, string>();
let lastId = 0;

function resultId(rows: RowStore): string {
  const known = ids.get(rows);
  if (known !== undefined) return known;
  lastId += 1;
  const id = `result-${lastId}`;
  ids.set(rows, id);
  return id;
}

// Pins go with their tab.
useTabs.subscribe(({ tabs }, { tabs: before }) => {
  if (tabs === before) return;
  const closed = Object.keys(before).filter((id) => !tabs[id]);
  if (closed.length === 0) return;
  useKeptByTab.setState(
    (kept) => Object.fromEntries(Object.entries(kept).filter(([id]) => !closed.includes(id))),
    true,
  );
});

import type { Isolation, ParameterValue } from "~/api/types";

/** How many rows of a result come at first; null for all of them. */
export type RowLimit = 1_000 | 10_000 | 100_000 | null;

export const ROW_LIMITS: readonly RowLimit[] = [1_000, 10_000, 100_000, null];
export const DEFAULT_ROW_LIMIT: RowLimit = 10_000;

/** The saved query that a tab holds. */
export interface SavedLink {
  readonly id: string;
  /** The version that the tab's text was made from. */
  readonly version: number;
  readonly folder: string;
  readonly name: string;
  /** Whether it is the person's own, and may be changed by them. */
  readonly owned: boolean;
  /** `markOf` the text that is saved. */
  readonly mark: string;
}

/** How a tab runs its statements, and what its text is kept as. It goes with the tab wherever that is opened. */
export interface TabOptions {
  readonly manual: boolean;
  /** A savepoint for each statement. */
  readonly savepoints: boolean;
  readonly readOnly: boolean;
  readonly timeoutMs: number | null;
  readonly isolation: Isolation | null;
  readonly rowLimit: RowLimit;
  /** What was given for placeholders last, by name. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly saved: SavedLink | null;
}

export const USUAL: TabOptions = {
  manual: false,
  savepoints: false,
  readOnly: false,
  timeoutMs: null,
  isolation: null,
  rowLimit: DEFAULT_ROW_LIMIT,
  parameters: {},
  saved: null,
};

const LEVELS: readonly Isolation[] = ["read_committed", "repeatable_read", "serializable"];

/** Options out of what was stored, with what is usual in place of what is not good. */
export function readOptions(stored: unknown): TabOptions {
  if (!isRecord(stored)) return USUAL;
  const { timeoutMs, isolation, rowLimit, parameters } = stored;
  const flag = (name: "manual" | "savepoints" | "readOnly") => stored[name] === true;
  return {
    manual: flag("manual"),
    savepoints: flag("savepoints"),
    readOnly: flag("readOnly"),
    timeoutMs: typeof timeoutMs === "number" ? timeoutMs : null,
    isolation: LEVELS.find((level) => level === isolation) ?? null,
    rowLimit:
      ROW_LIMITS.find((limit) => limit === rowLimit) ?? (rowLimit === null ? null : DEFAULT_ROW_LIMIT),
    parameters: isRecord(parameters)
      ? Object.fromEntries(Object.entries(parameters).filter(isParameter).sort(byName))
      : {},
    saved: readLink(stored.saved),
  };
}

/** What is stored of options: only what is not usual. */
export function storedOptions(options: TabOptions): Record<string, unknown> {
  const { parameters, ...rest } = options;
  const kept = Object.entries(rest).filter(([name, value]) => value !== USUAL[name as keyof TabOptions]);
  return {
    ...Object.fromEntries(kept),
    ...(Object.keys(parameters).length > 0 && { parameters }),
  };
}

export function sameOptions(one: TabOptions, other: TabOptions): boolean {
  return one === other || JSON.stringify(readOptions(one)) === JSON.stringify(readOptions(other));
}

/** A short name of a text: two that are alike have the same. */
export function markOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return `${text.length}-${(hash >>> 0).toString(36)}`;
}

function readLink(stored: unknown): SavedLink | null {
  if (!isRecord(stored)) return null;
  const { id, version, folder, name, owned, mark } = stored;
  if (typeof id !== "string" || typeof version !== "number" || typeof mark !== "string") return null;
  return {
    id,
    version,
    folder: typeof folder === "string" ? folder : "",
    name: typeof name === "string" ? name : "",
    owned: owned === true,
    mark,
  };
}

type Entry = [string, unknown];

function isParameter(entry: Entry): entry is [string, ParameterValue] {
  const value = entry[1];
  if (!isRecord(value)) return false;
  switch (value.type) {
    case "null":
      return true;
    case "boolean":
      return typeof value.value === "boolean";
    case "text":
    case "number":
    case "date":
      return typeof value.value === "string";
    default:
      return false;
  }
}

const byName = ([one]: Entry, [other]: Entry) => (one < other ? -1 : 1);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

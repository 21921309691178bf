import { create } from "zustand";

import { nextToken } from "~/editor/sqlLexer";
import type { StatementSpan } from "~/editor/statements";
import type { RunRequest } from "~/run/runRecord";
import type { Strings } from "~/editor/strings";

/** An option of EXPLAIN that a person may choose. */
export type ExplainOption =
  "verbose" | "buffers" | "settings" | "wal" | "memory" | "serialize" | "generic_plan" | "timing";

interface KnownOption {
  readonly option: ExplainOption;
  readonly label: string;
  /** The first major version that has it. */
  readonly since: number;
  /** Only while the statement runs, or only while it does not. */
  readonly when?: "analyze" | "plan";
}

/** In the order of the manual (SQL command EXPLAIN). */
export const EXPLAIN_OPTIONS: readonly KnownOption[] = [
  { option: "verbose", label: "Verbose: output columns, schemas", since: 9 },
  { option: "buffers", label: "Buffers: blocks read and written", since: 13 },
  { option: "settings", label: "Settings that differ from the default", since: 12 },
  { option: "wal", label: "WAL that was written", since: 13, when: "analyze" },
  { option: "timing", label: "Timing of each node", since: 9, when: "analyze" },
  { option: "serialize", label: "Serialize: the cost of sending rows", since: 17, when: "analyze" },
  { option: "memory", label: "Memory of the planner", since: 17 },
  { option: "generic_plan", label: "Generic plan: parameters as $1", since: 16, when: "plan" },
];

const KEY = "howdah:explain";
const DEFAULT: readonly ExplainOption[] = ["buffers", "settings", "timing"];

/** What was chosen last, in this browser. */
export const useExplainOptions = create<{ chosen: readonly ExplainOption[] }>()(() => ({ chosen: stored() }));

export function toggleExplainOption(option: ExplainOption): void {
  const { chosen } = useExplainOptions.getState();
  const next = chosen.includes(option) ? chosen.filter((other) => other !== option) : [...chosen, option];
  useExplainOptions.setState({ chosen: next });
  try {
    localStorage.setItem(KEY, next.join(" "));
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}

function stored(): readonly ExplainOption[] {
  const words = localStorage.getItem(KEY)?.split(" ");
  if (!words) return DEFAULT;
  return EXPLAIN_OPTIONS.map(({ option }) => option).filter((option) => words.includes(option));
}

/** The major version in PostgreSQL's `server_version`, such as 18 of `18.1 (Debian 18.1-1)`. */
export function majorVersion(serverVersion: string): number {
  return Number.parseInt(serverVersion, 10) || 0;
}

export type ExplainKind = "plan" | "analyze";

/** The options that such an EXPLAIN can have on this server. */
export function optionsFor(kind: ExplainKind, major: number): readonly KnownOption[] {
  return EXPLAIN_OPTIONS.filter(({ since, when }) => since <= major && (when === undefined || when === kind));
}

interface ExplainRequest {
  readonly kind: ExplainKind;
  readonly document: string;
  readonly statement: StatementSpan;
  readonly chosen: readonly ExplainOption[];
  readonly major: number;
  /** Undo afterwards what the statement did: in a transaction of its own, or behind a savepoint of the open one. */
  readonly undo: "no" | "transaction" | "savepoint";
}

const UNDO = {
  no: ["", ""],
  transaction: ["begin;\n", ";\nrollback"],
  savepoint: [
    "savepoint howdah_explain;\n",
    ";\nrollback to savepoint howdah_explain;\nrelease savepoint howdah_explain",
  ],
} as const;

/** The run that explains a statement. Errors are placed in the document as if it ran alone. */
export function explainRequest({
  kind,
  document,
  statement,
  chosen,
  major,
  undo,
}: ExplainRequest): RunRequest {
  const words = optionsFor(kind, major)
    .filter(({ option }) => option === "timing" || chosen.includes(option))
    .flatMap(({ option }) => wordOf(option, chosen));
  const options = [...(kind === "analyze" ? ["analyze"] : []), ...words, "format json"].join(", ");
  const [before, after] = UNDO[undo];
  const prefix = `${before}explain (${options}) `;
  return {
    sql: `${prefix}${document.slice(statement.from, statement.to)}${after}`,
    cursor: null,
    documentOffset: statement.from - prefix.length,
    document,
    within: { start: statement.from, end: statement.to },
    rowLimit: null,
  };
}

/** Timing is on unless it is said otherwise; the others are off. */
function wordOf(option: ExplainOption, chosen: readonly ExplainOption[]): string[] {
  if (option === "timing") return chosen.includes("timing") ? [] : ["timing off"];
  return [option];
}

const WRITES = new Set([
  "insert",
  "update",
  "delete",
  "merge",
  "truncate",
  "create",
  "refresh",
  "execute",
  "call",
]);
const EXPLAINABLE = new Set([
  ...[
    "select",
    "insert",
    "update",
    "delete",
    "merge",
    "values",
    "table",
    "with",
    "execute",
    "declare",
    "create",
  ],
  ...["refresh", "("],
]);

/** What a statement is to EXPLAIN. */
export type Explainable = "reads" | "writes" | "already" | "no";

/** Looks at the words of a statement; functions that it calls may write all the same. */
export function explainable(sql: string, strings: Strings): Explainable {
  let first: string | null = null;
  let writes = false;
  for (let token = nextToken(sql, 0, strings); token; token = nextToken(sql, token.to, strings)) {
    if (token.kind === "comment" || token.kind === "quoted") continue;
    const word = sql.slice(token.from, token.to).toLowerCase();
    first ??= word;
    writes ||= token.kind === "word" && WRITES.has(word);
  }
  if (first === "explain") return "already";
  if (first === null || !EXPLAINABLE.has(first)) return "no";
  return writes ? "writes" : "reads";
}

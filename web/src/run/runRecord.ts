import { item } from "./item";
import { RowStore } from "./rowStore";
import type { Strings } from "./strings";
import type {
  DatabaseError,
  ResultColumn,
  RunMessage,
  RunOptions,
  RunOutcome,
  MessageOf,
  StatementRange,
  TimeLimit,
} from "./protocol";

/** What a person asked to run. */
export interface RunRequest {
  readonly sql: string;
  /** Only the statement at this offset of `sql`. */
  readonly cursor: number | null;
  /** Where `sql` begins in `document`; not 0 for a selection. */
  readonly documentOffset: number;
  /** The whole text that `sql` is a part of: errors are placed in it. */
  readonly document: string;
  /** Where `document` holds what was asked about, when `sql` has more around it: nothing is placed outside of it. */
  readonly within?: StatementRange;
  readonly rowLimit: number | null;
  /** How it goes; absent: as the protocol has it. */
  readonly options?: RunOptions;
}

export type StatementState =
  | { readonly kind: "waiting" }
  | { readonly kind: "running"; readonly startedAt: number }
  | { readonly kind: "paused" }
  | {
      readonly kind: "finished";
      readonly tag: string;
      readonly rows: number;
      readonly discardedRows: number;
      readonly firstRowMs: number | null;
      readonly durationMs: number;
    }
  | {
      readonly kind: "failed";
      readonly error: DatabaseError;
      /** What ended it, where that was or may have been a limit of time. */
      readonly limit: TimeLimit | null;
      readonly durationMs: number;
    }
  /** Ended by the person: while it ran, or with rows still to be fetched. */
  | { readonly kind: "cancelled"; readonly durationMs: number }
  /** The run ended before this statement's turn. */
  | { readonly kind: "not_run" }
  /** The run or the connection ended while this statement ran; what it did is unknown. */
  | { readonly kind: "interrupted" };

export interface Statement {
  readonly index: number;
  /** In the document as it was when the run began. */
  readonly range: StatementRange;
  readonly sql: string;
  /** What stands above it in the text of the run. */
  readonly above: string;
  readonly state: StatementState;
}

export interface ResultSet {
  /** The statement that produced it. */
  readonly statement: number;
  readonly columns: readonly ResultColumn[];
  /** What it shows, where the server gave it a name; null for what the person wrote. */
  readonly title: string | null;
  /** Grows while rows arrive; `rowCount` is how many there were at this view. */
  readonly rows: RowStore;
  readonly rowCount: number;
}

export type RunNote =
  | { readonly kind: "notice"; readonly statement: number | null; readonly notice: DatabaseError }
  | {
      readonly kind: "notification";
      readonly channel: string;
      readonly payload: string;
      readonly pid: number;
    };

export type RunState =
  | { readonly kind: "running" }
  | { readonly kind: "finished"; readonly outcome: RunOutcome; readonly durationMs: number }
  | { readonly kind: "lost" };

/** How it stood with the session when a run began. */
export interface RunCircumstances {
  readonly startedAt: number;
  /** From the person's word until the server began: for a connection, or for what ran before. */
  readonly waitedMs: number;
  /** The session is not that of the run before. */
  readonly newSession: boolean;
  /** How the session read the strings of the script. */
  readonly strings: Strings;
}

/** A run as it stands: what React sees. A new object whenever something changed. */
export interface Run extends RunCircumstances {
  readonly id: number;
  readonly request: RunRequest;
  readonly state: RunState;
  readonly statements: readonly Statement[];
  readonly results: readonly ResultSet[];
  readonly notes: readonly RunNote[];
  /** Notices beyond those kept. */
  readonly droppedNotes: number;
}

/** A loop of RAISE NOTICE must not fill the browser's memory. */
const MAX_NOTES = 1000;
const QUERY_CANCELED = "57014";
/** Behind these no more comes of the result before. */
const ENDS: ReadonlySet<RunMessage["type"]> = new Set([
  "columns",
  "statement_finished",
  "statement_failed",
  "run_finished",
]);

/** Gathers what the server tells about one run. */
export class RunRecord {
  readonly id: number;
  readonly request: RunRequest;
  readonly #circumstances: RunCircumstances;
  readonly #statements: Statement[];
  readonly #results: ResultSet[] = [];
  readonly #notes: RunNote[] = [];
  #droppedNotes = 0;
  #state: RunState = { kind: "running" };
  #bytes = 0;

  constructor(
    id: number,
    request: RunRequest,
    ranges: readonly StatementRange[],
    circumstances: RunCircumstances,
  ) {
    this.id = id;
    this.request = request;
    this.#circumstances = circumstances;
    this.#statements = ranges.map(({ start, end }, index) => ({
      index,
      range: { start: inDocument(start, request), end: inDocument(end, request) },
      sql: request.sql.slice(start, end),
      above: request.sql.slice(0, start),
      state: { kind: "waiting" },
    }));
  }

  /** Memory held by its rows. */
  get byteLength(): number {
    return this.#bytes;
  }

  get resultCount(): number {
    return this.#results.length;
  }

  /** Those of the last result so far. */
  get lastRows(): RowStore | undefined {
    return this.#results.at(-1)?.rows;
  }

  apply(message: Exclude<RunMessage, MessageOf<"run_started">>, now: number): void {
    if (ENDS.has(message.type)) this.#change((rows) => rows.dropIncomplete());
    switch (message.type) {
      case "statement_started":
        return this.#set(message.index, { kind: "running", startedAt: now });
      case "columns":
        return void this.#results.push({
          statement: message.index,
          columns: message.columns,
          title: message.title ?? null,
          rows: new RowStore(message.columns.length),
          rowCount: 0,
        });
      case "paused":
        return this.#set(message.index, { kind: "paused" });
      case "statement_finished":
        if (message.tag === "" && this.#hasColumns(message.index)) {
          return this.#set(message.index, { kind: "cancelled", durationMs: message.duration_ms });
        }
        return this.#set(message.index, {
          kind: "finished",
          tag: message.tag,
          rows: message.rows,
          discardedRows: message.discarded_rows,
          firstRowMs: message.first_row_ms ?? null,
          durationMs: message.duration_ms,
        });
      case "statement_failed":
        return this.#set(message.index, {
          kind: "failed",
          error: placed(message.error, this.request),
          limit: message.time_limit ?? null,
          durationMs: message.duration_ms,
        });
      case "run_finished":
        this.#state = { kind: "finished", outcome: message.outcome, durationMs: message.duration_ms };
        if (message.outcome === "cancelled") this.#recogniseCancel();
        return this.#settle();
    }
  }

  note(message: MessageOf<"notice" | "notification">): void {
    if (this.#notes.length >= MAX_NOTES) {
      this.#droppedNotes += 1;
    } else if (message.type === "notice") {
      this.#notes.push({ kind: "notice", statement: message.index ?? null, notice: message.notice });
    } else {
      const { channel, payload, backend_pid: pid } = message;
      this.#notes.push({ kind: "notification", channel, payload, pid });
    }
  }

  /** Takes in a binary frame of the last result. */
  rows(frame: ArrayBuffer): void {
    if (!this.lastRows) throw new Error("rows arrived before their columns");
    this.#change((rows) => rows.append(frame));
  }

  /** A paused result goes on. */
  resume(now: number): void {
    const paused = this.#statements.find(({ state }) => state.kind === "paused");
    if (paused) this.#set(paused.index, { kind: "running", startedAt: now });
  }

  /** The connection ended under the run. */
  lose(): void {
    if (this.#state.kind !== "running") return;
    this.#state = { kind: "lost" };
    this.#change((rows) => rows.dropIncomplete());
    this.#settle();
  }

  view(): Run {
    return {
      ...this.#circumstances,
      id: this.id,
      request: this.request,
      state: this.#state,
      statements: this.#statements.slice(),
      results: this.#freshResults(),
      notes: this.#notes.slice(),
      droppedNotes: this.#droppedNotes,
    };
  }

  /** A result keeps its object while its count stays, so that what shows it is left alone. */
  #freshResults(): ResultSet[] {
    this.#results.forEach((result, position) => {
      const { rowCount } = result.rows;
      if (rowCount !== result.rowCount) this.#results[position] = { ...result, rowCount };
    });
    return this.#results.slice();
  }

  /** Does something with the last result, and counts what that takes or gives back. */
  #change(act: (rows: RowStore) => unknown): void {
    const rows = this.lastRows;
    if (!rows) return;
    const before = rows.byteLength;
    act(rows);
    this.#bytes += rows.byteLength - before;
  }

  #hasColumns(index: number): boolean {
    return this.#results.some(({ statement }) => statement === index);
  }

  /** PostgreSQL tells of a cancel as of an error; only the run's end says that it was asked for. */
  #recogniseCancel(): void {
    for (const { index, state } of this.#statements) {
      if (state.kind !== "failed" || state.error.code !== QUERY_CANCELED) continue;
      this.#set(index, { kind: "cancelled", durationMs: state.durationMs });
    }
  }

  #set(index: number, state: StatementState): void {
    this.#statements[index] = { ...item(this.#statements, index), state };
  }

  #settle(): void {
    for (const { index, state } of this.#statements) {
      if (state.kind === "waiting") this.#set(index, { kind: "not_run" });
      else if (state.kind === "running" || state.kind === "paused") this.#set(index, { kind: "interrupted" });
    }
  }
}

function placed(error: DatabaseError, request: RunRequest): DatabaseError {
  const { position } = error;
  return typeof position === "number" ? { ...error, position: inDocument(position, request) } : error;
}

/** A place of `sql` in the document. */
function inDocument(offset: number, { documentOffset, within }: RunRequest): number {
  const place = offset + documentOffset;
  return within ? Math.min(Math.max(place, within.start), within.end) : place;
}

import { problem } from "~/run/environment";
import type { DatabaseError, Problem } from "~/run/protocol";
import type { QuerySession } from "~/run/querySession";
import type { ResultSet, Run, RunRequest } from "~/run/runRecord";
import type { Cell, RowStore } from "~/run/rowStore";
import type { DataContent, KnownCells } from "~/app/dataTab";
import type { TableShape } from "~/api/types";
import { type ChangedRow, findKept, isNarrowed, type KeptRows, MOST_KEPT, placesFor } from "./keptRows";
import {
  changedSql,
  countSql,
  estimateSql,
  keyColumns,
  orderOf,
  PAGE_ROWS,
  pageSql,
  readableColumns,
  readsPlace,
  reversed,
  type RowOrder,
  type RowPlace,
} from "./rowsSql";
import { keyOf } from "./staged";

/** Why rows could not be read. */
export type ReadFailure =
  | { readonly kind: "database"; readonly error: DatabaseError; readonly sql: string }
  | { readonly kind: "cancelled" }
  | { readonly kind: "session"; readonly problem: Problem };

/** How many rows there are. */
export type RowTotal =
  | { readonly kind: "unknown" }
  | { readonly kind: "counting" }
  | { readonly kind: "about"; readonly rows: number }
  | { readonly kind: "exactly"; readonly rows: number };

/** Rows are read from the first one downwards, or from the last one upwards. */
export type RowsEnd = "first" | "last";

export interface RowsView {
  readonly rowCount: number;
  /** Among them changed rows that fulfil the conditions no more. */
  readonly left: number;
  readonly state: "reading" | "ready" | "failed";
  readonly failure: ReadFailure | null;
  /** Which end the rows were read from. */
  readonly from: RowsEnd;
  /** There are no more rows. */
  readonly complete: boolean;
  readonly total: RowTotal;
  /** When the first page came. */
  readonly readAt: Date | null;
  readonly durationMs: number | null;
  /** Changes whenever rows did. */
  readonly version: number;
}

interface Page {
  /** How many rows were read before. */
  readonly start: number;
  readonly rows: RowStore;
}

/** Rows that are read once more at a time. */
const MOST_AGAIN = 10_000;

interface Query {
  readonly shape: TableShape;
  readonly content: Pick<DataContent, "filters" | "where" | "sort">;
}

const NOTHING: RowsView = {
  rowCount: 0,
  left: 0,
  state: "reading",
  failure: null,
  from: "first",
  complete: false,
  total: { kind: "unknown" },
  readAt: null,
  durationMs: null,
  version: 0,
};

/** The rows of a table, read page by page through the tab's session. It lives outside React, as long as its tab. */
export class TableRows {
  readonly #session: QuerySession;
  readonly #listeners = new Set<() => void>();
  #view = NOTHING;
  #pages: readonly Page[] = [];
  #query: Query | null = null;
  #order: RowOrder = { parts: [], byOffset: true };
  /** Counts readings, so that what was overtaken is not taken in. */
  #reading = 0;
  /** Rows that were read page by page. */
  #readCount = 0;
  /** Changed rows that stay in sight though they are narrowed out now. */
  #kept: KeptRows | null = null;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(session: QuerySession) {
    this.#session = session;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly view = (): RowsView => this.#view;

  get session(): QuerySession {
    return this.#session;
  }

  /** The value at a place; the column is counted among those that the person may read. */
  cell(row: number, column: number, maxBytes?: number): Cell {
    const { page, at } = this.#find(row);
    return page.rows.cell(at, column, maxBytes);
  }

  /** Where a row without a key stands in its table. */
  placeInTable(row: number): string | null {
    if (!this.#query || !readsPlace(this.#order)) return null;
    const cell = this.cell(row, readableColumns(this.#query.shape).length);
    return cell.kind === "null" ? null : cell.text;
  }

  /** Reads from the first row, or the last. What is shown stays until the answer is here. */
  read(query: Query, from: RowsEnd = "first"): Promise<void> {
    this.#query = query;
    const order = orderOf(query.shape, query.content.sort);
    this.#order = from === "last" ? reversed(order) : order;
    this.#reading += 1;
    const stays = this.#view.rowCount > 0;
    this.#change({ state: "reading", failure: null, ...(stays ? {} : { complete: false }) });
    return this.#readPage(this.#reading, 0, PAGE_ROWS, from).then(() => this.#estimate(this.#reading));
  }

  /** Reads what was read before once more, as many rows as there are. */
  readAgain(query: Query): Promise<void> {
    const { from, rowCount } = this.#view;
    this.#query = query;
    const order = orderOf(query.shape, query.content.sort);
    this.#order = from === "last" ? reversed(order) : order;
    this.#reading += 1;
    this.#change({ state: "reading", failure: null });
    const limit = Math.min(Math.max(Math.ceil(rowCount / PAGE_ROWS), 1) * PAGE_ROWS, MOST_AGAIN);
    return this.#readPage(this.#reading, 0, limit, from).then(() => this.#estimate(this.#reading));
  }

  /**
   * Reads once more after changes were made. Of the changed rows, those that fulfil the conditions no more stay where they
   * were until the rows are read again. Tells how many these are, and how many are not among the rows that were read.
   */
  async readChanged(query: Query, changed: readonly ChangedRow[]): Promise<{ left: number; moved: number }> {
    const { from, rowCount } = this.#view;
    const nothing = { left: 0, moved: 0 };
    await this.readAgain(query);
    const { shape, content } = query;
    if (this.#view.state !== "ready" || !isNarrowed(content)) return nothing;
    const reading = this.#reading;
    const there = this.#keysRead(shape);
    const missing = changed.filter(({ key }) => !there.has(keyOf(key))).slice(0, MOST_KEPT);
    if (missing.length === 0) return nothing;
    const answer = await this.ask(
      changedSql(
        shape,
        content,
        missing.map(({ key }) => key),
      ),
    );
    if (answer.kind === "failed" || reading !== this.#reading) return nothing;
    const { rows } = answer.result;
    const fulfils = readableColumns(shape).length;
    const indexes = new Map(missing.map(({ key, index }) => [keyOf(key), index]));
    const out = Array.from({ length: rows.rowCount }, (_, row) => row).filter((row) => {
      const cell = rows.cell(row, fulfils);
      return cell.kind === "text" && cell.text === "f";
    });
    const wanted = out.map((row) => {
      const index = indexes.get(keyOf(keyIn(rows, shape, row))) ?? 0;
      return { row, at: from === "last" ? rowCount - 1 - index : index };
    });
    this.#kept = { rows, places: placesFor(wanted, this.#readCount + wanted.length) };
    this.#change({
      rowCount: this.#readCount + wanted.length,
      left: wanted.length,
      version: this.#view.version + 1,
    });
    return { left: wanted.length, moved: rows.rowCount - wanted.length };
  }

  /** Whether a row is shown only because it was changed: it fulfils the conditions no more. */
  isLeft(row: number): boolean {
    return this.#kept !== null && findKept(this.#kept, this.#inOrder(row)).isKept;
  }

  /** Whether the last rows can be read without reading all others. */
  get canReadLast(): boolean {
    return !this.#order.byOffset;
  }

  /** Reads the next page, unless one is on its way. */
  more(): void {
    const { state, complete, from } = this.#view;
    if (state !== "ready" || complete) return;
    this.#change({ state: "reading" });
    void this.#readPage(this.#reading, this.#readCount, PAGE_ROWS, from);
  }

  /** Counts the rows. */
  async count(): Promise<void> {
    if (!this.#query) return;
    const reading = this.#reading;
    const { shape, content } = this.#query;
    const before = this.#view.total;
    this.#change({ total: { kind: "counting" } });
    const answer = await this.ask(countSql(shape, content));
    if (reading !== this.#reading) return;
    const cell = answer.kind === "rows" && answer.result.rows.cell(0, 0);
    if (cell && cell.kind === "text") {
      return this.#change({ total: { kind: "exactly", rows: Number(cell.text) } });
    }
    this.#change({ total: before, ...(answer.kind === "failed" && { failure: answer.failure }) });
  }

  cancel(): void {
    this.#session.cancel();
  }

  /** Asks something of its own, when what was asked before is answered. */
  ask(sql: string): Promise<Answer> {
    const next = this.#busy.then(() => this.#run(sql));
    this.#busy = next;
    return next;
  }

  async #readPage(reading: number, offset: number, limit: number, from: RowsEnd): Promise<void> {
    if (!this.#query) return;
    const { shape, content } = this.#query;
    if (readableColumns(shape).length === 0) {
      this.#pages = [];
      this.#readCount = 0;
      this.#kept = null;
      return this.#change({ state: "ready", rowCount: 0, left: 0, complete: true });
    }
    const after = offset === 0 ? null : this.#behind();
    const answer = await this.ask(pageSql(shape, content, this.#order, after, offset, limit));
    if (reading !== this.#reading) return;
    if (answer.kind === "failed") return this.#change({ state: "failed", failure: answer.failure });
    const { rows } = answer.result;
    this.#pages = [...(offset === 0 ? [] : this.#pages), { start: offset, rows }];
    if (offset === 0) this.#kept = null;
    this.#readCount = offset + rows.rowCount;
    const left = this.#kept?.places.length ?? 0;
    const complete = rows.rowCount < limit;
    this.#change({
      state: "ready",
      failure: null,
      rowCount: this.#readCount + left,
      left,
      complete,
      from,
      version: this.#view.version + 1,
      ...(offset === 0 && { readAt: new Date(), durationMs: answer.durationMs }),
      ...(complete && { total: { kind: "exactly", rows: this.#readCount } }),
    });
  }

  /** Tells about how many rows there are: from the statistics, or from the planner where conditions narrow them. */
  async #estimate(reading: number): Promise<void> {
    if (!this.#query || reading !== this.#reading || this.#view.complete || this.#view.state !== "ready")
      return;
    const { shape, content } = this.#query;
    const isWhole = content.filters.length === 0 && content.where.trim() === "";
    if (isWhole && shape.estimated_rows != null) {
      return this.#change({ total: { kind: "about", rows: shape.estimated_rows } });
    }
    const answer = await this.ask(estimateSql(shape, content));
    if (reading !== this.#reading || answer.kind !== "rows") return;
    const cell = answer.result.rows.cell(0, 0);
    const rows = cell.kind === "text" ? planRows(cell.text) : null;
    if (rows !== null) this.#change({ total: { kind: "about", rows } });
  }

  /** The values that the row which was read last is found by. */
  #behind(): RowPlace | null {
    const page = this.#pages.at(-1);
    if (!this.#query || !page) return null;
    const names = readableColumns(this.#query.shape).map(({ name }) => name);
    if (readsPlace(this.#order)) names.push("ctid");
    return this.#order.parts.map(({ column }) => {
      const cell = page.rows.cell(page.rows.rowCount - 1, names.indexOf(column));
      return cell.kind === "null" ? null : cell.text;
    });
  }

  /** The page of a row as it is shown; rows that were read from the last are counted from there. */
  #find(row: number): { page: Page; at: number } {
    const { row: read, isKept } = findKept(this.#kept, this.#inOrder(row));
    if (this.#kept && isKept) return { page: { start: 0, rows: this.#kept.rows }, at: read };
    let [low, high] = [0, this.#pages.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#pages[middle]?.start ?? 0) <= read) low = middle;
      else high = middle - 1;
    }
    const page = this.#pages[low];
    if (!page) throw new RangeError(`no row ${row}`);
    return { page, at: read - page.start };
  }

  /** A row's place in the order of reading. */
  #inOrder(row: number): number {
    const { from, rowCount } = this.#view;
    return from === "last" ? rowCount - 1 - row : row;
  }

  /** The keys of all rows that were read. */
  #keysRead(shape: TableShape): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const { rows } of this.#pages) {
      for (let row = 0; row < rows.rowCount; row += 1) keys.add(keyOf(keyIn(rows, shape, row)));
    }
    return keys;
  }

  #run(sql: string): Promise<Answer> {
    const request: RunRequest = { sql, cursor: null, documentOffset: 0, document: sql, rowLimit: null };
    return new Promise((resolve) => {
      const look = () => {
        const answer = answerOf(this.#session, request);
        if (!answer) return;
        stop();
        resolve(answer);
      };
      const stop = this.#session.subscribe(look);
      this.#session.run(request);
    });
  }

  #change(change: Partial<RowsView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export type Answer =
  | { readonly kind: "rows"; readonly result: ResultSet; readonly durationMs: number }
  | { readonly kind: "failed"; readonly failure: ReadFailure };

function answerOf(session: QuerySession, request: RunRequest): Answer | null {
  const { run, state, rejected } = session.view();
  if (run?.request === request) return run.state.kind === "running" ? null : answerOfRun(run);
  if (rejected) return { kind: "failed", failure: { kind: "session", problem: rejected } };
  if (state.kind === "lost") return { kind: "failed", failure: { kind: "session", problem: state.problem } };
  return null;
}

function answerOfRun(run: Run): Answer {
  const [statement] = run.statements;
  const [result] = run.results;
  if (statement?.state.kind === "failed") {
    const { error } = statement.state;
    return { kind: "failed", failure: { kind: "database", error, sql: run.request.sql } };
  }
  if (statement?.state.kind === "finished" && result) {
    return { kind: "rows", result, durationMs: statement.state.durationMs };
  }
  if (run.state.kind === "lost") {
    const lost = problem("connection_lost", "The connection was lost while the rows were read.");
    return { kind: "failed", failure: { kind: "session", problem: lost } };
  }
  return { kind: "failed", failure: { kind: "cancelled" } };
}

function planRows(text: string): number | null {
  try {
    const plan = JSON.parse(text) as [{ Plan?: { "Plan Rows"?: number } }];
    return plan[0].Plan?.["Plan Rows"] ?? null;
  } catch {
    return null;
  }
}

function keyIn(rows: RowStore, shape: TableShape, row: number): KnownCells {
  const names = readableColumns(shape).map(({ name }) => name);
  const key: Record<string, string | null> = {};
  for (const name of keyColumns(shape)) {
    const cell = rows.cell(row, names.indexOf(name));
    key[name] = cell.kind === "null" ? null : cell.text;
  }
  return key;
}

/** The key of a read row, and its cells as far as they came whole. */
export function readRow(rows: TableRows, shape: TableShape, row: number) {
  const cells: Record<string, string | null> = {};
  readableColumns(shape).forEach(({ name }, column) => {
    const cell = rows.cell(row, column);
    if (cell.kind !== "cut") cells[name] = cell.kind === "null" ? null : cell.text;
  });
  const key: Record<string, string | null> = {};
  for (const name of keyColumns(shape)) key[name] = cells[name] ?? null;
  return { key, cells };
}

import { problem } from "~/run/environment";
import type { DatabaseError, Problem } from "~/run/protocol";
import type { QuerySession } from "~/run/querySession";
import type { ResultSet, Run, RunRequest } from "~/run/runRecord";
import type { Cell, RowStore } from "~/run/rowStore";
import type { DataContent } from "~/app/dataTab";
import type { TableShape } from "~/api/types";
import {
  countSql,
  estimateSql,
  keyColumns,
  orderOf,
  PAGE_ROWS,
  pageSql,
  readableColumns,
  readsPlace,
  type RowOrder,
  type RowPlace,
} from "./rowsSql";

/** Why rows could not be read. */
export type ReadFailure =
  | { readonly kind: "database"; readonly error: DatabaseError }
  | { readonly kind: "cancelled" }
  | { readonly kind: "session"; readonly problem: Problem };

/** How many rows there are. */
export type RowTotal =
  | { readonly kind: "unknown" }
  | { readonly kind: "counting" }
  | { readonly kind: "about"; readonly rows: number }
  | { readonly kind: "exactly"; readonly rows: number };

export interface RowsView {
  readonly rowCount: number;
  readonly state: "reading" | "ready" | "failed";
  readonly failure: ReadFailure | null;
  /** No more rows follow. */
  readonly complete: boolean;
  readonly total: RowTotal;
  /** When the first page came. */
  readonly readAt: Date | null;
  readonly durationMs: number | null;
  /** Changes whenever rows did. */
  readonly version: number;
}

interface Query {
  readonly shape: TableShape;
  readonly content: Pick<DataContent, "filters" | "where" | "sort">;
}

const NOTHING: RowsView = {
  rowCount: 0,
  state: "reading",
  failure: null,
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
  #pages: RowStore[] = [];
  #query: Query | null = null;
  #order: RowOrder = { parts: [], byOffset: true };
  /** Counts readings, so that what was overtaken is not taken in. */
  #reading = 0;
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
    const page = this.#pages[Math.floor(row / PAGE_ROWS)];
    if (!page) throw new RangeError(`no row ${row}`);
    return page.cell(row % PAGE_ROWS, column, maxBytes);
  }

  /** Reads from the first row. What is shown stays until the answer is here. */
  read(query: Query): Promise<void> {
    this.#query = query;
    this.#order = orderOf(query.shape, query.content.sort);
    this.#reading += 1;
    const stays = this.#view.rowCount > 0;
    this.#change({ state: "reading", failure: null, ...(stays ? {} : { complete: false }) });
    return this.#readPage(this.#reading, null, 0).then(() => this.#estimate(this.#reading));
  }

  /** Reads the next page, unless one is on its way. */
  more(): void {
    const { state, complete, rowCount } = this.#view;
    if (state !== "ready" || complete) return;
    this.#change({ state: "reading" });
    void this.#readPage(this.#reading, this.#placeOf(rowCount - 1), rowCount);
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

  async #readPage(reading: number, after: RowPlace | null, offset: number): Promise<void> {
    if (!this.#query) return;
    const { shape, content } = this.#query;
    if (readableColumns(shape).length === 0) {
      this.#pages = [];
      return this.#change({ state: "ready", rowCount: 0, complete: true });
    }
    const answer = await this.ask(pageSql(shape, content, this.#order, after, offset));
    if (reading !== this.#reading) return;
    if (answer.kind === "failed") return this.#change({ state: "failed", failure: answer.failure });
    const { rows } = answer.result;
    this.#pages = offset === 0 ? [rows] : [...this.#pages, rows];
    const rowCount = offset + rows.rowCount;
    const complete = rows.rowCount < PAGE_ROWS;
    this.#change({
      state: "ready",
      failure: null,
      rowCount,
      complete,
      version: this.#view.version + 1,
      ...(offset === 0 && { readAt: new Date(), durationMs: answer.durationMs }),
      ...(complete && { total: { kind: "exactly", rows: rowCount } }),
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

  /** The values that the row is found by; null where one of them is too long. */
  #placeOf(row: number): RowPlace | null {
    if (!this.#query) return null;
    const names = readableColumns(this.#query.shape).map(({ name }) => name);
    if (readsPlace(this.#order)) names.push("ctid");
    return this.#order.parts.map(({ column }) => {
      const cell = this.cell(row, names.indexOf(column));
      return cell.kind === "null" ? null : cell.text;
    });
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
    return { kind: "failed", failure: { kind: "database", error: statement.state.error } };
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

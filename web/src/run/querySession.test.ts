import { beforeEach, describe, expect, it } from "vitest";

import { problem } from "./environment";
import { countingRows, dataRow, partsOf } from "./frames.testing";
import { QuerySession } from "./querySession";
import { NO_TRANSACTION } from "./transaction";
import {
  columns,
  failed,
  finished,
  runFinished,
  runStarted,
  ScriptedServer,
  SELECT,
  startSelect,
} from "./scriptedServer.testing";

const PASSWORD_REQUIRED = problem("password_required", "prod-eu asks for a password.");

let server: ScriptedServer;
let session: QuerySession;

beforeEach(() => {
  server = new ScriptedServer();
  session = new QuerySession(server.environment, 10_000);
});

const running = () => startSelect(server, session);

describe("QuerySession", () => {
  it("connects on the first run and sends it then", () => {
    expect(server.peers).toHaveLength(0);
    session.run(SELECT);
    server.frame();
    expect(session.view().state.kind).toBe("connecting");
    expect(server.peer.said).toEqual([]);
    server.connect();
    expect(server.peer.said).toEqual([{ type: "run", id: 1, sql: SELECT.sql, row_limit: 1000 }]);
    expect(session.view().state).toMatchObject({ kind: "running", connection: { session_user: "ada" } });
  });

  it("knows the search path and how strings are read as PostgreSQL reports them", () => {
    running();
    const report = (name: string, value: string) => ({ type: "parameter", name, value }) as const;
    server.say(
      report("search_path", "shop"),
      report("standard_conforming_strings", "off"),
      report("TimeZone", "UTC"),
    );
    expect(session.view().state).toMatchObject({
      connection: { search_path: "shop", standard_strings: false },
    });
    expect(session.view().strings).toBe("escaping");
  });

  it("keeps a result, a tag and a time for each statement", () => {
    running();
    server.peer.events.rows(dataRow("1"));
    server.say(
      finished(0, "SELECT 1", "idle", 1),
      { type: "statement_started", index: 1 },
      columns(1, "b", "c"),
    );
    server.peer.events.rows(dataRow("2", "3"));
    server.say(finished(1, "SELECT 1", "idle", 1), runFinished(1, "completed"));

    const { run, state } = session.view();
    expect(state.kind).toBe("ready");
    expect(run?.state).toEqual({ kind: "finished", outcome: "completed", durationMs: 5 });
    expect(run?.statements.map(({ sql, state }) => [sql, state.kind])).toEqual([
      ["select 1", "finished"],
      ["select 2", "finished"],
    ]);
    expect(run?.results.map(({ statement, rowCount }) => [statement, rowCount])).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(run?.results[1]?.rows.cell(0, 1)).toEqual({ kind: "text", text: "3" });
  });

  it("tells listeners once a frame however much arrives", () => {
    let told = 0;
    session.subscribe(() => (told += 1));
    running();
    told = 0;
    for (let n = 0; n < 100; n += 1) server.peer.events.rows(dataRow("x"));
    expect(told).toBe(0);
    expect(server.frame()).toBe(true);
    expect([told, session.view().run?.results[0]?.rowCount]).toEqual([1, 100]);
    expect(server.frame()).toBe(false);
  });

  it("tells of further rows three times a second, and of everything else with the next frame", () => {
    running();
    server.peer.events.rows(dataRow("1"));
    expect(server.frame()).toBe(true);
    server.peer.events.rows(dataRow("2"));
    server.pass(299);
    expect(server.frame()).toBe(false);
    server.pass(1);
    expect(server.frame()).toBe(true);
    expect(session.view().run?.results[0]?.rowCount).toBe(2);
    server.peer.events.rows(dataRow("3"));
    server.say(finished(0, "SELECT 3"));
    expect(session.view().run?.results[0]?.rowCount).toBe(3);
  });

  it("keeps the object of a result that did not change", () => {
    running();
    server.peer.events.rows(dataRow("1"));
    server.say(finished(0, "SELECT 1"), { type: "statement_started", index: 1 }, columns(1, "b"));
    const before = session.view().run?.results;
    server.peer.events.rows(dataRow("2"));
    expect(server.frame()).toBe(true);
    const after = session.view().run?.results;
    expect([after?.[0] === before?.[0], after?.[1] === before?.[1]]).toEqual([true, false]);
  });

  it("acknowledges rows as it takes them in", () => {
    session = new QuerySession(server.environment);
    running();
    const frame = countingRows(0, 1000, 57);
    for (let n = 0; n < 9; n += 1) server.peer.events.rows(frame.slice());
    const acknowledged = server.peer.said.flatMap((message) =>
      message.type === "ack" ? [message.bytes] : [],
    );
    expect(acknowledged).toEqual(Array.from({ length: 9 }, () => frame.byteLength));
  });

  it("asks for more ahead where rows come fast, so that its word is needed less often", () => {
    session = new QuerySession(server.environment);
    running();
    expect(server.peer.window).toBe(32 * 1024);
    const frame = countingRows(0, 1000, 57);
    for (let n = 0; n < 100; n += 1) {
      server.time += 2;
      server.peer.events.rows(frame.slice());
    }
    expect(server.peer.window).toBe(1024 * 1024);
    const acknowledged = server.peer.said.flatMap((message) =>
      message.type === "ack" ? [message.bytes] : [],
    );
    // Measured by what the server was told, until it knows of more.
    expect([acknowledged.at(0), acknowledged.at(-1)]).toEqual([frame.byteLength, 4 * frame.byteLength]);
  });

  it("leaves PostgreSQL waiting when the memory is full, until it may go on", () => {
    running();
    const frame = countingRows(0, 1000, 57);
    server.peer.events.rows(frame);
    server.frame();
    expect(session.view().state).toMatchObject({ kind: "running", full: true });
    expect(server.peer.said.at(-1)?.type).toBe("run");
    for (let n = 0; n < 10; n += 1) session.allowMoreMemory();
    server.frame();
    expect(session.view().state).toMatchObject({ full: false });
    expect(server.peer.said.find(({ type }) => type === "ack")).toEqual({
      type: "ack",
      bytes: frame.byteLength,
      frames: 5,
    });
  });

  it("counts a row that comes in parts against the memory, and gives back one whose end does not come", () => {
    running();
    const row = dataRow("x".repeat(15_000));
    const parts = partsOf(row, 2_000);
    server.peer.events.rows(parts[0] ?? row);
    server.frame();
    expect(session.view().state).toMatchObject({ kind: "running", full: true });
    expect(session.view().run?.results[0]?.rowCount).toBe(0);
    session.cancel();
    server.peer.events.rows(parts[1] ?? row);
    server.say(failed(0, "idle"), runFinished(1, "cancelled"));
    expect(session.view().run?.results[0]?.rows.byteLength).toBeLessThan(10_000);

    session.run(SELECT);
    server.say(runStarted(2, [0, 8]), { type: "statement_started", index: 0 }, columns(0, "a"));
    session.allowMoreMemory();
    for (const part of parts) server.peer.events.rows(part);
    server.frame();
    expect(session.view().state).toMatchObject({ kind: "running", full: false });
    expect(session.view().run?.results[0]?.rows.cell(0, 0)).toEqual({
      kind: "text",
      text: "x".repeat(15_000),
    });
  });

  it("acknowledges what it held back when it cancels", () => {
    running();
    const frame = countingRows(0, 1000, 57);
    server.peer.events.rows(frame);
    session.cancel();
    expect(server.peer.said.slice(1)).toEqual([
      { type: "cancel" },
      { type: "ack", bytes: frame.byteLength, frames: 5 },
    ]);
    server.frame();
    expect(session.view().state).toMatchObject({ kind: "running", cancelling: true, full: false });
  });

  it("places the error of a selection in the document and marks what did not run", () => {
    session.run({ ...SELECT, documentOffset: 100 });
    server.connect();
    server.say(
      runStarted(1, [0, 8], [10, 18]),
      { type: "statement_started", index: 0 },
      failed(0, "idle", 7),
      runFinished(1, "failed"),
    );
    const statements = session.view().run?.statements;
    expect(statements?.[0]?.state).toMatchObject({ kind: "failed", error: { position: 107 } });
    expect(statements?.[0]?.range).toEqual({ start: 100, end: 108 });
    expect(statements?.[1]?.state).toEqual({ kind: "not_run" });
  });

  it("places nothing outside of what was asked about, where more was sent", () => {
    const within = { start: 0, end: 8 };
    session.run({ ...SELECT, sql: `begin;\nexplain ${SELECT.sql};\nrollback`, documentOffset: -15, within });
    server.connect();
    server.say(runStarted(1, [0, 5], [7, 23], [25, 33]), failed(1, "failed"), runFinished(1, "failed"));
    const ranges = session.view().run?.statements.map(({ range }) => range);
    expect(ranges).toEqual([
      { start: 0, end: 0 },
      { start: 0, end: 8 },
      { start: 8, end: 8 },
    ]);
  });

  it("tells a cancel from an error", () => {
    running();
    session.cancel();
    const cancelled = failed(0, "idle");
    const error = { ...cancelled.error, code: "57014", message: "canceling statement due to user request" };
    server.say({ ...cancelled, error }, runFinished(1, "cancelled"));
    expect(session.view().run?.statements.map(({ state }) => state.kind)).toEqual(["cancelled", "not_run"]);
    session.run(SELECT);
    server.say(runStarted(2, [0, 8]), columns(0, "a"), { type: "paused", index: 0, rows: 0 });
    session.cancel();
    server.say(finished(0, ""), runFinished(2, "completed"));
    expect(session.view().run?.statements[0]?.state.kind).toBe("cancelled");
  });

  it("fetches more of a paused result", () => {
    running();
    server.say({ type: "paused", index: 0, rows: 1000 });
    expect(session.view().state.kind).toBe("paused");
    session.fetch(500);
    session.fetch(500);
    expect(server.peer.said.slice(1)).toEqual([{ type: "fetch", rows: 500 }]);
    server.say({ type: "paused", index: 0, rows: 1500 });
    session.fetch(null);
    expect(server.peer.said.at(-1)).toEqual({ type: "fetch" });
  });

  it("lets the next run end a paused result", () => {
    running();
    server.say({ type: "paused", index: 0, rows: 1000 });
    session.run({ ...SELECT, sql: "select 3" });
    server.say(failed(0, "idle"), runFinished(1, "cancelled"));
    expect(session.view().state.kind).toBe("running");
    server.say(runStarted(2, [0, 8]));
    expect(session.view().run?.statements.map(({ sql }) => sql)).toEqual(["select 3"]);
  });

  it("knows the transaction and since when it is open", () => {
    running();
    server.time = 5000;
    server.say(finished(0, "BEGIN", "in_transaction"));
    server.time = 6000;
    server.say(failed(1, "failed"), runFinished(1, "failed", "failed"));
    expect(session.view().transaction).toMatchObject({ state: "failed", since: 5000 });
    expect(session.transactionOpen).toBe(true);
  });

  it("commits by button without giving up the results", () => {
    running();
    server.peer.events.rows(dataRow("1"));
    server.say(finished(0, "SELECT 1", "in_transaction"), runFinished(1, "completed", "in_transaction"));
    session.endTransaction("commit");
    server.say(
      runStarted(2, [0, 6]),
      { type: "statement_started", index: 0 },
      finished(0, "COMMIT"),
      runFinished(2, "completed"),
    );
    expect(server.peer.said.at(-1)).toEqual({ type: "run", id: 2, sql: "commit" });
    expect(session.view()).toMatchObject({
      run: { id: 1, results: [{ rowCount: 1 }] },
      command: { kind: "done", tag: "COMMIT" },
      transaction: { state: "idle", since: null },
    });
  });

  it("knows since when a transaction is open and idle, and what holds in it", () => {
    running();
    const told = {
      type: "transaction",
      state: "in_transaction",
      read_only: true,
      isolation: "serializable",
    } as const;
    server.say({ ...told, open_ms: 700, idle_ms: null });
    expect(session.view().transaction).toEqual({
      ...{ state: "in_transaction", since: server.time - 700, idleSince: null },
      ...{ readOnly: true, isolation: "serializable" },
    });
    server.say(finished(0, "SELECT 1", "in_transaction"), runFinished(1, "completed", "in_transaction"));
    server.pass(500);
    expect(session.view().transaction).toMatchObject({ readOnly: true, idleSince: server.time - 500 });
    session.run(SELECT);
    server.say(runStarted(2, [0, 8], [10, 18]), { type: "statement_started", index: 0 });
    expect(session.view().transaction.idleSince).toBeNull();
    server.say(finished(0, "COMMIT"), runFinished(2, "completed"));
    expect(session.view().transaction).toEqual(NO_TRANSACTION);
  });

  it("follows what PostgreSQL reports of the session", () => {
    running();
    server.say({ type: "parameter", name: "default_transaction_read_only", value: "on" });
    expect(session.view().state).toMatchObject({ connection: { default_read_only: true } });
    server.say({ type: "parameter", name: "default_transaction_read_only", value: "off" });
    server.say({ type: "parameter", name: "in_hot_standby", value: "on" });
    expect(session.view().state).toMatchObject({ connection: { default_read_only: false, standby: true } });
  });

  it("rolls back and runs again, but does not run when the rollback failed", () => {
    running();
    server.say(failed(0, "failed"), runFinished(1, "failed", "failed"));
    session.endTransaction("rollback", SELECT);
    server.say(runStarted(2, [0, 8]), failed(0, "failed"), runFinished(2, "failed", "failed"));
    expect(server.peer.said).toHaveLength(2);
    expect(session.view().command?.kind).toBe("failed");
    session.endTransaction("rollback", SELECT);
    server.say(runStarted(3, [0, 8]), finished(0, "ROLLBACK"), runFinished(3, "completed"));
    expect(server.peer.said.at(-1)).toMatchObject({ type: "run", id: 4, sql: SELECT.sql });
  });

  it("goes on with the run by itself after a password was given", () => {
    session.run(SELECT);
    server.say({ type: "connect_failed", problem: PASSWORD_REQUIRED });
    expect(session.view().state).toEqual({ kind: "refused", problem: PASSWORD_REQUIRED });
    session.retry();
    server.connect();
    expect(server.peers).toHaveLength(2);
    expect(server.peer.said).toHaveLength(1);
  });

  it("asks why when the socket does not open", async () => {
    session.run(SELECT);
    server.peer.events.ended(1006);
    await Promise.resolve();
    server.frame();
    expect(session.view().state).toMatchObject({ kind: "refused", problem: { code: "unreachable" } });
  });

  it("connects again when what kept it from connecting is over", async () => {
    server.explanation = "retry";
    session.run(SELECT);
    server.peer.events.ended(1006);
    await Promise.resolve();
    expect(server.peers).toHaveLength(2);
    server.connect();
    expect(server.peer.said).toHaveLength(1);
  });

  it("says what was lost with the connection, and that the next run has a new session", () => {
    running();
    server.say(
      finished(0, "BEGIN", "in_transaction"),
      { type: "statement_started", index: 1 },
      { type: "disconnected", problem: problem("connection_lost", "PostgreSQL is gone.") },
    );
    expect(session.view()).toMatchObject({
      state: {
        kind: "lost",
        transaction: "in_transaction",
        wasRunning: true,
        problem: { code: "connection_lost" },
      },
      transaction: { state: "idle" },
      run: { state: { kind: "lost" }, newSession: false },
    });
    expect(session.view().run?.statements[1]?.state.kind).toBe("interrupted");
    session.run(SELECT);
    server.connect();
    server.say(runStarted(2, [0, 8]));
    expect(session.view().run?.newSession).toBe(true);
    server.say(finished(0, "SELECT 0"), runFinished(2, "completed"));
    session.run(SELECT);
    server.say(runStarted(3, [0, 8]));
    expect(session.view().run?.newSession).toBe(false);
  });

  it("knows the newest of the connection's credential, also while a statement runs", () => {
    running();
    const credential = { source: "entra", label: "Entra ID", renews_at: "2026-11-16T10:52:00Z" };
    server.say({ type: "credential", credential });
    expect(session.view().state).toMatchObject({ kind: "running", connection: { credential } });
    server.say(finished(0, "SELECT 1"), runFinished(1, "completed"));
    expect(session.view().state).toMatchObject({ kind: "ready", connection: { credential } });
  });

  it("gives the server's reason for a lost connection", () => {
    running();
    const reason = problem("database_gone", "PostgreSQL was shut down.");
    server.say({ type: "disconnected", problem: reason });
    expect(session.view().state).toMatchObject({ kind: "lost", problem: reason });
    expect(server.peer.closed).toBe(true);
  });

  it("ends the session over rows it cannot read", () => {
    running();
    server.peer.events.rows(dataRow("two", "columns"));
    server.frame();
    expect(session.view().state).toMatchObject({ kind: "lost", problem: { code: "malformed_frame" } });
  });

  it("shows why a run was not taken and leaves the last one as it was", () => {
    running();
    server.say(finished(0, "SELECT 1"), runFinished(1, "completed"));
    session.run({ ...SELECT, sql: "\\d" });
    const reason = problem("meta_command", "\\d is a command of psql.");
    server.say({ type: "rejected", problem: reason });
    expect(session.view()).toMatchObject({ state: { kind: "ready" }, rejected: reason, run: { id: 1 } });
    session.run(SELECT);
    server.frame();
    expect(session.view().rejected).toBeNull();
  });

  it("gives up connecting when cancelled", () => {
    session.run(SELECT);
    session.cancel();
    expect(server.peer.closed).toBe(true);
    server.connect();
    expect(session.view().state.kind).toBe("closed");
    expect(server.peer.said).toEqual([]);
  });

  it("keeps a thousand notices and counts the others", () => {
    running();
    const notice = { severity: "NOTICE", code: "00000", message: "hello" };
    for (let n = 0; n < 1500; n += 1) server.peer.events.message({ type: "notice", index: 0, notice });
    server.frame();
    expect([session.view().run?.notes.length, session.view().run?.droppedNotes]).toEqual([1000, 500]);
  });
});

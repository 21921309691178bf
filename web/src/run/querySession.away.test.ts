import { beforeEach, describe, expect, it } from "vitest";

import { problem } from "./environment";
import { dataRow } from "./frames.testing";
import { QuerySession } from "./querySession";
import type { MessageOf } from "./protocol";
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

let server: ScriptedServer;
let session: QuerySession;

beforeEach(() => {
  server = new ScriptedServer();
  session = new QuerySession(server.environment, 10_000);
});

const running = () => startSelect(server, session);
const OTHER = { ...SELECT, sql: "select 2" };

describe("when the network fails", () => {
  const attached = (messages: number, frames: number, more: Partial<MessageOf<"attached">> = {}) => ({
    type: "attached" as const,
    messages,
    resumed: true,
    frames,
    repeated: 0,
    missed_rows: 0,
    ...more,
  });

  /** Loses the socket and opens the next one. */
  function dropped(): void {
    server.peer.events.ended(1006);
    server.pass(0);
    server.frame();
  }

  it("goes on with the run behind the last frame that came", () => {
    running();
    server.peer.events.rows(dataRow("1"));
    dropped();
    expect(server.peer.resumes).toEqual({ sessionId: "s-1", received: 5 });
    expect(session.view()).toMatchObject({ state: { kind: "running" }, awaySince: 1000 });
    server.say(attached(1, 5));
    expect(session.view().awaySince).toBeNull();
    expect(server.peer.said).toEqual([]);
    server.peer.events.rows(dataRow("2"));
    server.say(finished(0, "SELECT 2", "idle", 2), runFinished(1, "completed"));
    expect(session.view().run?.results[0]?.rowCount).toBe(2);
    expect(session.view().state.kind).toBe("ready");
  });

  it("says again what the server has not heard, and what was said meanwhile", () => {
    running();
    session.cancel();
    dropped();
    server.say(attached(1, 4));
    expect(server.peer.said).toEqual([{ type: "cancel" }]);
    server.say(failed(0, "idle"), runFinished(1, "failed"));
    dropped();
    session.run(SELECT);
    expect(server.peer.said).toEqual([]);
    server.say(attached(2, 6));
    expect(server.peer.said).toMatchObject([{ type: "run", id: 2 }]);
  });

  it("tries again until the server is there, and at once when the network is back", async () => {
    running();
    for (const delay of [0, 500, 1_000, 2_000, 3_000, 3_000]) {
      server.peer.events.ended(1006);
      await Promise.resolve();
      server.pass(delay);
    }
    expect(server.peers).toHaveLength(7);
    server.say(attached(1, 4));
    server.networkIsBack();
    expect(server.peer.abandoned).toBe(true);
    server.pass(0);
    expect(server.peers).toHaveLength(8);
  });

  it("says so when the session was given up there", async () => {
    running();
    server.say(finished(0, "BEGIN", "in_transaction"));
    dropped();
    server.lossExplanation = problem("session_gone", "This database session is no more.");
    server.peer.events.ended(1006);
    await Promise.resolve();
    server.frame();
    expect(session.view().state).toMatchObject({
      kind: "lost",
      problem: { code: "session_gone" },
      transaction: "in_transaction",
      wasRunning: true,
    });
  });

  it("does not take a session back that another window goes on with", () => {
    running();
    server.peer.events.ended(4001);
    server.pass(0);
    server.frame();
    expect(session.view().state).toMatchObject({ kind: "lost", problem: { code: "taken_over" } });
    expect(server.peers).toHaveLength(1);
  });

  it("ends a session that waits when its tab is closed", () => {
    running();
    dropped();
    session.close();
    server.say(attached(1, 4));
    expect(server.peers.at(-1)).toMatchObject({ resumes: { sessionId: "s-1" }, closed: true });
  });

  it("brings a page that was loaded anew back into its run", () => {
    running();
    const keepsake = session.keepsake();
    expect(keepsake).toEqual({ address: { sessionId: "s-1", replica: "one" }, request: SELECT });
    if (!keepsake) return;
    session = new QuerySession(server.environment);
    session.resume(keepsake);
    expect(server.peer.resumes).toEqual({ sessionId: "s-1", received: null });
    server.say(attached(1, 40, { resumed: false, repeated: 5, missed_rows: 1_000 }));
    server.connect("in_transaction");
    server.say({ type: "transaction", state: "in_transaction", open_ms: 90_000, idle_ms: null });
    server.say(runStarted(1, [0, 8], [10, 18]), { type: "statement_started", index: 0 }, columns(0, "a"));
    server.peer.events.rows(dataRow("1001"));
    server.frame();
    expect(session.view()).toMatchObject({
      state: { kind: "running" },
      missedRows: 1_000,
      transaction: { state: "in_transaction", since: server.time - 90_000, idleSince: null },
      run: { request: SELECT, results: [{ rowCount: 1 }] },
    });
    dropped();
    expect(server.peer.resumes?.received).toBe(41);
  });

  it("knows a run that had not begun when the page was loaded anew, and no later one by its name", () => {
    running();
    server.say(finished(0, "SELECT 0", "idle", 0), runFinished(1, "completed"));
    session.run(OTHER);
    const keepsake = session.keepsake();
    expect(keepsake?.request).toEqual(OTHER);
    if (!keepsake) return;
    session = new QuerySession(server.environment);
    session.resume(keepsake);
    server.say(attached(2, 8, { resumed: false, repeated: 1 }));
    server.connect("idle");
    server.say(runStarted(2, [0, 8]));
    expect(session.view()).toMatchObject({ state: { kind: "running" }, run: { request: OTHER } });

    session = new QuerySession(server.environment);
    session.resume(keepsake);
    server.say(attached(2, 8, { resumed: false, repeated: 1 }));
    server.connect("idle");
    session.run(SELECT);
    server.say(runStarted(1, [0, 8], [10, 18]));
    expect(session.view().run?.request).toEqual(SELECT);
  });
});

describe("when Howdah is restarted", () => {
  const stopped = () =>
    server.say({
      type: "disconnected",
      problem: problem("shutting_down", "Howdah is being restarted."),
    });
  const refused = (code: string, status: number) =>
    server.say({ type: "connect_failed", problem: { ...problem(code, "No."), status } });

  it("opens another session by itself when nothing was open, and leaves the results where they are", () => {
    running();
    server.say(finished(0, "SELECT 1"), runFinished(1, "completed"));
    stopped();
    expect(session.view()).toMatchObject({
      state: { kind: "closed" },
      restart: { kind: "moving", transaction: "idle", statement: "none" },
      run: { results: [{}] },
    });
    expect(server.peers).toHaveLength(1);
    server.pass(2_000);
    expect(server.peers).toHaveLength(2);
    // The Howdah that stops may be the first to answer.
    refused("shutting_down", 503);
    server.pass(2_000);
    expect(server.peers).toHaveLength(3);
    server.connect();
    expect(session.view()).toMatchObject({ state: { kind: "ready" }, restart: { kind: "moved" } });
    session.dismissRestart();
    server.frame();
    expect(session.view().restart).toBeNull();
  });

  it("tells until when what runs may end, and what went with the session", () => {
    running();
    server.say({ type: "restarting", seconds: 10 });
    expect(session.view().restart).toEqual({ kind: "announced", until: server.time + 10_000 });
    server.say({
      ...runFinished(1, "cancelled"),
      transaction: "failed",
    });
    stopped();
    expect(session.view().restart).toMatchObject({
      kind: "moving",
      transaction: "failed",
      statement: "none",
    });
    server.pass(2_000);
    server.connect();
    expect(session.view().restart).toMatchObject({ kind: "moved", transaction: "failed" });
    session.run(SELECT);
    server.say(runStarted(2, [0, 8]));
    expect(session.view()).toMatchObject({ restart: null, run: { newSession: true } });
  });

  it("runs in the next session what the first one was sent and had not begun", () => {
    session.run(SELECT);
    server.connect();
    expect(server.peer.said).toMatchObject([{ type: "run" }]);
    stopped();
    server.frame();
    expect(session.view()).toMatchObject({
      state: { kind: "connecting" },
      restart: { statement: "none" },
    });
    server.pass(2_000);
    server.connect();
    expect(server.peer.said).toMatchObject([{ type: "run", sql: SELECT.sql }]);
  });

  it("leaves to the person what was not begun where earlier runs may have set something", () => {
    running();
    server.say(finished(0, "SELECT 1"), runFinished(1, "completed"));
    session.run(SELECT);
    stopped();
    expect(session.view().restart).toMatchObject({ kind: "moving", statement: "unbegun" });
    server.pass(2_000);
    server.connect();
    expect(server.peer.said).toEqual([]);
    expect(session.view()).toMatchObject({
      state: { kind: "ready" },
      restart: { kind: "moved", statement: "unbegun" },
    });
  });

  it("does not repeat what had begun", () => {
    running();
    stopped();
    server.pass(2_000);
    server.connect();
    expect(server.peer.said).toEqual([]);
    expect(session.view().restart).toMatchObject({ kind: "moved", statement: "unknown" });
  });

  it("runs what is asked for meanwhile as soon as a session is there", () => {
    running();
    server.say(finished(0, "SELECT 1"), runFinished(1, "completed"));
    stopped();
    session.run(SELECT);
    server.frame();
    expect(session.view().state.kind).toBe("connecting");
    server.pass(2_000);
    server.connect();
    expect(server.peer.said).toMatchObject([{ type: "run" }]);
  });

  it("bothers nobody for a password that only the next run needs", () => {
    running();
    server.say(finished(0, "SELECT 1"), runFinished(1, "completed"));
    stopped();
    server.pass(2_000);
    refused("password_required", 428);
    expect(session.view()).toMatchObject({ state: { kind: "closed" }, restart: { kind: "stayed" } });
    session.run(SELECT);
    refused("password_required", 428);
    expect(session.view()).toMatchObject({ state: { kind: "refused" }, restart: null });
  });

  it("gives up in words when nobody is there again", () => {
    running();
    stopped();
    for (let attempt = 0; attempt < 60; attempt++) {
      server.pass(3_000);
      if (session.view().restart) refused("shutting_down", 503);
    }
    expect(session.view()).toMatchObject({ state: { kind: "refused" }, restart: null });
  });
});

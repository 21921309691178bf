import { problem, type SessionEnvironment, type Transport, type TransportEvents } from "./environment";
import type { QuerySession } from "./querySession";
import type { RunRequest } from "./runRecord";
import type { ClientMessage, Connection, Problem, ServerMessage, MessageOf } from "./protocol";

export const CONNECTED: Connection = {
  session_user: "ada",
  database: "shop",
  server_version: "18.4",
  backend_pid: 4711,
  credential: { source: "password", label: "password" },
  transaction: "idle",
  read_only: false,
  writes: "allowed",
  session_id: "s-1",
  replica: "one",
  detach_grace_secs: 300,
  standard_strings: true,
  search_path: null,
};

interface Peer {
  readonly events: TransportEvents;
  /** What it goes on with: the session and the last frame that was received. */
  readonly resumes: { readonly sessionId: string; readonly received: number | null } | null;
  readonly said: ClientMessage[];
  /** How many bytes may be under way, as the page asked for last. */
  window: number | null;
  closed: boolean;
  abandoned: boolean;
}

/** Plays the server's side of a session by hand, with a clock and frames that a test moves on. */
export class ScriptedServer {
  readonly peers: Peer[] = [];
  time = 1000;
  explanation: Problem | "retry" = problem("unreachable", "Nobody answers.");
  lossExplanation: Problem | "retry" = "retry";
  #frame: (() => void) | null = null;
  #timers: { at: number; callback: () => void }[] = [];

  readonly environment: SessionEnvironment = {
    open: (events) => this.#open(events, null),
    reopen: (events, { sessionId }, received) => this.#open(events, { sessionId, received }),
    explainLoss: () => Promise.resolve(this.lossExplanation),
    onNetwork: (callback) => {
      this.#network = callback;
      return () => (this.#network = null);
    },
    explain: () => Promise.resolve(this.explanation),
    nextFrame: (callback) => {
      this.#frame = callback;
    },
    after: (milliseconds, callback) => {
      this.#timers.push({ at: this.time + milliseconds, callback });
    },
    now: () => this.time,
  };

  #network: (() => void) | null = null;

  #open(events: TransportEvents, resumes: Peer["resumes"]): Transport {
    const peer: Peer = { events, resumes, said: [], window: null, closed: false, abandoned: false };
    this.peers.push(peer);
    return {
      send: (message) => {
        if (message.type !== "ack") return void peer.said.push(message);
        const { window, ...acknowledgement } = message;
        peer.window = window ?? peer.window;
        if (acknowledgement.bytes > 0) peer.said.push(acknowledgement);
      },
      close: () => void (peer.closed = true),
      abandon: () => void (peer.abandoned = true),
    };
  }

  /** The network is there again. */
  networkIsBack(): void {
    this.#network?.();
  }

  get peer(): Peer {
    const peer = this.peers.at(-1);
    if (!peer) throw new Error("nobody has connected");
    return peer;
  }

  /** Draws a frame; tells whether one was asked for. */
  frame(): boolean {
    const frame = this.#frame;
    this.#frame = null;
    frame?.();
    return frame !== null;
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.time += milliseconds;
    const due = this.#timers.filter(({ at }) => at <= this.time);
    this.#timers = this.#timers.filter(({ at }) => at > this.time);
    for (const { callback } of due) callback();
  }

  say(...messages: ServerMessage[]): void {
    for (const message of messages) this.peer.events.message(message);
    this.frame();
  }

  connect(transaction: Connection["transaction"] = "idle"): void {
    this.say({ type: "connected", ...CONNECTED, transaction });
  }
}

export function runStarted(
  id: number,
  ...statements: [start: number, end: number][]
): MessageOf<"run_started"> {
  return { type: "run_started", id, statements: statements.map(([start, end]) => ({ start, end })) };
}

export function columns(index: number, ...names: string[]): MessageOf<"columns"> {
  return {
    type: "columns",
    index,
    columns: names.map((name) => ({
      name,
      type_oid: 25,
      type_name: "text",
      type_modifier: -1,
      table_oid: 0,
      attribute_number: 0,
    })),
  };
}

export function finished(
  index: number,
  tag: string,
  transaction: Connection["transaction"] = "idle",
  rows = 0,
): MessageOf<"statement_finished"> {
  return {
    type: "statement_finished",
    index,
    tag,
    rows,
    discarded_rows: 0,
    first_row_ms: null,
    duration_ms: 2,
    transaction,
  };
}

export function failed(
  index: number,
  transaction: Connection["transaction"],
  position?: number,
): MessageOf<"statement_failed"> {
  return {
    type: "statement_failed",
    index,
    error: {
      severity: "ERROR",
      code: "42703",
      message: 'column "x" does not exist',
      ...(position !== undefined && { position }),
    },
    duration_ms: 1,
    transaction,
  };
}

export function runFinished(
  id: number,
  outcome: "completed" | "failed" | "cancelled",
  transaction: Connection["transaction"] = "idle",
): MessageOf<"run_finished"> {
  return { type: "run_finished", id, outcome, duration_ms: 5, transaction };
}

const SQL = "select 1; select 2";
export const SELECT: RunRequest = {
  sql: SQL,
  cursor: null,
  documentOffset: 0,
  document: SQL,
  rowLimit: 1000,
};

/** Connects and starts `SELECT`, whose first statement has one column. */
export function startSelect(server: ScriptedServer, session: QuerySession): void {
  session.run(SELECT);
  server.connect();
  server.say(runStarted(1, [0, 8], [10, 18]), { type: "statement_started", index: 0 }, columns(0, "a"));
}

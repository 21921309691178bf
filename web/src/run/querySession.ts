import {
  type Address,
  problem,
  type SessionEnvironment,
  type Transport,
  type TransportEvents,
} from "./environment";
import { Mail } from "./mail";
import type {
  ClientMessage,
  Connection,
  MessageOf,
  Problem,
  RunMessage,
  ServerMessage,
  TransactionState,
} from "./protocol";
import { LISTENING_SQL, NOTHING_HEARD, withHeard, type Listening } from "./notifications";
import { RunRecord, type RunRequest } from "./runRecord";
import type {
  CommandOutcome,
  RunQuestion,
  SessionState,
  SessionView,
  Transaction,
  TransactionCommand,
} from "./sessionState";

type Job =
  | { readonly kind: "run"; readonly request: RunRequest; readonly askedAt: number }
  | { readonly kind: "command"; readonly command: TransactionCommand }
  /** Asked by the panel of notifications: its result is not shown. */
  | { readonly kind: "listen"; readonly sql: string };

/** What outlives a page that is loaded anew. */
export interface Keepsake {
  readonly address: Address;
  /** What runs, if anything does. */
  readonly request: RunRequest | null;
}

interface Started {
  readonly job: Job;
  readonly record: RunRecord;
}

/** A quarter of what the server sends ahead (docs/query-protocol.md), so that it never stops for want of a word. */
const ACK_BYTES = 256 * 1024;
/** So often is told that more rows have come: a grid need not be drawn for rows out of sight. */
const ROWS_INTERVAL_MS = 100;
/** How long to wait before each attempt to come back to a session. */
const COME_BACK_MS = [0, 500, 1_000, 2_000, 3_000];
/** The close code of a socket whose session another one goes on with. */
const TAKEN_OVER = 4001;
/** For the rows of one run. */
const DEFAULT_MEMORY = 512 * 1024 * 1024;

/**
 * One tab's connection to PostgreSQL, through docs/query-protocol.md.
 *
 * It lives outside React for as long as its tab does. `subscribe` and `view` fit `useSyncExternalStore`; listeners are
 * told at most once a frame, however many messages came.
 */
export class QuerySession {
  readonly #environment: SessionEnvironment;
  readonly #listeners = new Set<() => void>();
  #transport: Transport | null = null;
  /** Ends listening for the network, while the session has or wants a socket. */
  #unwatch: (() => void) | null = null;
  #state: SessionState = { kind: "closed" };
  #transaction: Transaction = { state: "idle", since: null };
  #queue: Job[] = [];
  #sent: Job | null = null;
  #started: Started | null = null;
  #shown: RunRecord | null = null;
  #command: CommandOutcome | null = null;
  #rejected: Problem | null = null;
  #question: RunQuestion | null = null;
  #settings: Readonly<Record<string, string>> | null = null;
  #writesConfirmed = false;
  #listening: Listening = NOTHING_HEARD;
  #lastId = 0;
  #connections = 0;
  #runsInConnection = 0;
  #unacknowledged = 0;
  /** What was sent and received, by number; null before a session is there. */
  readonly #mail = new Mail();
  #address: Address | null = null;
  #awaySince: number | null = null;
  #attempts = 0;
  /** What the page knows of a run that began before it was loaded anew. */
  #resumable: RunRequest | null = null;
  #missedRows = 0;
  #memory: number;
  #pinned = 0;
  readonly #memoryStep: number;
  #view: SessionView;
  #scheduled = false;
  #rowsScheduled = false;

  constructor(environment: SessionEnvironment, memory = DEFAULT_MEMORY) {
    this.#environment = environment;
    this.#memory = memory;
    this.#memoryStep = memory;
    this.#view = this.#freshView();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly view = (): SessionView => this.#view;

  /** Whether closing the tab would undo work. */
  get transactionOpen(): boolean {
    return this.#transaction.state !== "idle";
  }

  /** Whether the person has confirmed that they write through this connection. */
  get writesConfirmed(): boolean {
    return this.#writesConfirmed;
  }

  /** Not asked again as long as the connection lasts. */
  confirmWrites(): void {
    this.#writesConfirmed = true;
  }

  /** The person does not answer: nothing runs. */
  dismissQuestion(): void {
    this.#question = null;
    this.#changed();
  }

  /** Asks PostgreSQL how the session is set, if it can be asked now. */
  inspect(): void {
    if (this.#state.kind === "ready") this.#say({ type: "inspect" });
  }

  /** Asks to write on a server that is read only by default, for a reason that is written down. */
  unlock(reason: string): void {
    if (this.#state.kind !== "ready") return;
    this.#writesConfirmed = true;
    this.#say({ type: "unlock", reason });
  }

  /** Gives that back. */
  lock(): void {
    if (this.#state.kind === "ready") this.#say({ type: "lock" });
  }

  /** Runs, connecting first when need be. */
  run(request: RunRequest): void {
    this.#enqueue({ kind: "run", request, askedAt: this.#environment.now() });
  }

  /** Ends the transaction by button: the results stay. */
  endTransaction(command: TransactionCommand, then?: RunRequest): void {
    this.#enqueue({ kind: "command", command });
    if (then) this.#queue.push({ kind: "run", request: then, askedAt: this.#environment.now() });
  }

  /** Listens to a channel, connecting first when need be and behind what runs, or no longer listens to it. */
  listen(channel: string, on: boolean): void {
    const name = `"${channel.replaceAll('"', '""')}"`;
    this.#listening = { ...this.#listening, error: null };
    this.#enqueue({ kind: "listen", sql: `${on ? "listen" : "unlisten"} ${name};\n${LISTENING_SQL}` });
  }

  /** Looks which channels the session listens to, where it can do so without a wait. */
  lookWhatIsHeard(): void {
    if (this.#state.kind !== "ready" || this.#transaction.state === "failed") return;
    this.#enqueue({ kind: "listen", sql: LISTENING_SQL });
  }

  forgetHeard(): void {
    this.#listening = { ...this.#listening, heard: [], dropped: 0 };
    this.#changed();
  }

  /** Goes on with a paused result, for `rows` more or to its end. */
  fetch(rows: number | null): void {
    if (this.#state.kind !== "paused") return;
    const { connection } = this.#state;
    this.#say(rows === null ? { type: "fetch" } : { type: "fetch", rows });
    this.#started?.record.resume(this.#environment.now());
    this.#become(this.#running(connection));
  }

  /** Cancels what runs, or the attempt to connect. */
  cancel(): void {
    this.#queue = [];
    const state = this.#state;
    switch (state.kind) {
      case "connecting":
        return this.close();
      case "running":
        this.#say({ type: "cancel" });
        this.#acknowledge();
        return this.#become({ ...state, cancelling: true, full: false });
      case "paused":
        this.#say({ type: "cancel" });
        return this.#become({ ...this.#running(state.connection), cancelling: true });
      case "closed":
      case "refused":
      case "ready":
      case "lost":
        return;
    }
  }

  /** Tries to connect again, and then runs what waits for it. */
  retry(): void {
    if (this.#state.kind === "refused" || this.#state.kind === "lost") this.#connect();
  }

  /** Says why it is still not connected, after what was tried elsewhere to put that right. */
  refuse(problem: Problem): void {
    if (this.#state.kind === "refused") this.#become({ kind: "refused", problem });
  }

  /** Takes the tab's memory limit up by its first size. */
  allowMoreMemory(): void {
    this.#memory += this.#memoryStep;
    if (this.#state.kind === "running") this.#become({ ...this.#state, full: false });
    this.#acknowledge();
  }

  /** Tells how much of the tab's memory pinned results of earlier runs take. It counts from the next run on. */
  reserve(bytes: number): void {
    this.#pinned = bytes;
  }

  /** What a page that is loaded anew needs to go on with the session; null when there is none. */
  keepsake(): Keepsake | null {
    const { kind } = this.#state;
    if (!this.#address || (kind !== "ready" && kind !== "running" && kind !== "paused")) return null;
    return { address: this.#address, request: this.#started?.record.request ?? null };
  }

  /** Goes on with the session of a page that was loaded anew. */
  resume({ address, request }: Keepsake): void {
    this.#address = address;
    this.#resumable = request;
    this.#become({ kind: "connecting", startedAt: this.#environment.now() });
    this.#comeBack(null);
  }

  close(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    if (this.#awaySince !== null) this.#endFromAway();
    this.#hangUp();
    this.#queue = [];
    this.#become({ kind: "closed" });
  }

  #enqueue(job: Job): void {
    this.#rejected = null;
    this.#question = null;
    this.#command = null;
    this.#queue = [job];
    this.#advance();
    this.#changed();
  }

  #advance(): void {
    const [job, ...later] = this.#queue;
    if (!job) return;
    switch (this.#state.kind) {
      case "closed":
      case "refused":
      case "lost":
        return this.#connect();
      case "connecting":
      case "running":
        return;
      case "ready":
      case "paused":
        this.#queue = later;
        return this.#send(job, this.#state.connection);
    }
  }

  #send(job: Job, connection: Connection): void {
    this.#sent = job;
    this.#lastId += 1;
    this.#become(this.#running(connection));
    if (job.kind !== "run") {
      const sql = job.kind === "command" ? job.command : job.sql;
      this.#say({ type: "run", id: this.#lastId, sql });
      return;
    }
    const { sql, cursor, rowLimit, options } = job.request;
    this.#say({
      type: "run",
      id: this.#lastId,
      sql,
      ...(cursor !== null && { cursor }),
      ...(rowLimit !== null && { row_limit: rowLimit }),
      ...(options && { options }),
    });
  }

  #connect(): void {
    this.#hangUp();
    this.#become({ kind: "connecting", startedAt: this.#environment.now() });
    this.#mail.begin();
    this.#listen((events) => this.#environment.open(events));
  }

  #listen(open: (events: TransportEvents) => Transport): void {
    this.#unwatch ??= this.#environment.onNetwork(() => this.#networkIsBack());
    const ifCurrent =
      <Arguments extends unknown[]>(handle: (...received: Arguments) => void) =>
      (...received: Arguments) => {
        if (this.#transport === transport) handle(...received);
      };
    const events: TransportEvents = {
      message: ifCurrent((message: ServerMessage) => this.#receive(message)),
      rows: ifCurrent((frame: ArrayBuffer) => this.#receiveRows(frame)),
      ended: ifCurrent((code: number) => this.#ended(code)),
    };
    const transport = open(events);
    this.#transport = transport;
  }

  /** Says something that the server must hear, now or when the way to it is there again. */
  #say(message: ClientMessage): void {
    this.#mail.send(message);
    if (this.#awaySince === null) this.#transport?.send(message);
  }

  /** Opens another socket to the session that waits. */
  #comeBack(received: number | null): void {
    const address = this.#address;
    if (address) this.#listen((events) => this.#environment.reopen(events, address, received));
  }

  #attached(message: MessageOf<"attached">): void {
    this.#awaySince = null;
    this.#attempts = 0;
    this.#unacknowledged = 0;
    this.#missedRows = message.missed_rows;
    for (const unheard of this.#mail.attached(message)) this.#transport?.send(unheard);
    if (!message.resumed) {
      // What was shown of the run stays, but what comes now is told from its beginning.
      this.#resumable = this.#started?.record.request ?? this.#resumable;
      this.#started?.record.lose();
      this.#started = null;
    }
    this.#changed();
  }

  /** The way to Howdah is lost, while the session waits there for a while. */
  #goAway(): void {
    this.#transport = null;
    this.#awaySince ??= this.#environment.now();
    const since = this.#awaySince;
    const delay = COME_BACK_MS[Math.min(this.#attempts, COME_BACK_MS.length - 1)] ?? 0;
    this.#attempts += 1;
    this.#changed();
    this.#environment.after(delay, () => {
      if (this.#awaySince === since && !this.#transport) this.#comeBack(this.#mail.received);
    });
  }

  #failedToComeBack(): void {
    const address = this.#address;
    const since = this.#awaySince;
    this.#transport = null;
    if (!address) return;
    void this.#environment.explainLoss(address).then((reason) => {
      if (this.#awaySince !== since || this.#transport || this.#address !== address) return;
      if (reason === "retry") return this.#goAway();
      if (this.#state.kind === "connecting") return this.close();
      this.#lose(reason);
    });
  }

  #networkIsBack(): void {
    if (this.#address && this.#awaySince === null && this.#canComeBack()) {
      this.#transport?.abandon();
      this.#goAway();
    }
  }

  #canComeBack(): boolean {
    const { kind } = this.#state;
    return this.#address !== null && (kind === "ready" || kind === "running" || kind === "paused");
  }

  /** Ends a session that waits: it would hold its locks until it gives up. */
  #endFromAway(): void {
    const address = this.#address;
    if (!address) return;
    const ending = this.#environment.reopen(
      { message: () => ending.close(), rows: () => undefined, ended: () => undefined },
      address,
      this.#mail.received,
    );
  }

  #receive(message: ServerMessage): void {
    if (message.type === "attached") return this.#attached(message);
    this.#mail.receive();
    switch (message.type) {
      case "connected": {
        const { type: _, ...connection } = message;
        this.#address =
          connection.detach_grace_secs > 0
            ? { sessionId: connection.session_id, replica: connection.replica }
            : null;
        this.#connections += 1;
        this.#runsInConnection = 0;
        this.#writesConfirmed = false;
        this.#settings = null;
        this.#enterTransaction(connection.transaction);
        this.#become({ kind: "ready", connection });
        return this.#advance();
      }
      case "connect_failed":
        this.#hangUp();
        return this.#become({ kind: "refused", problem: message.problem });
      case "disconnected":
        if (message.problem.code === "shutting_down" && this.#state.kind === "ready") {
          // Nothing is lost with it: the next run connects to wherever Howdah is then.
          if (this.#transaction.state === "idle") return this.close();
        }
        return this.#lose(message.problem);
      case "rejected":
        return this.#reject(message.problem);
      case "credential":
        return this.#renewed(message);
      case "notice":
      case "notification":
        if (message.type === "notification") this.#listening = withHeard(this.#listening, message);
        (this.#started?.record ?? this.#shown)?.note(message);
        return this.#changed();
      case "parameter":
        return;
      case "settings":
        this.#settings = message.settings;
        return this.#changed();
      case "writes":
        if (!("connection" in this.#state)) return;
        if (message.writes !== "allowed") this.#writesConfirmed = false;
        return this.#become({
          ...this.#state,
          connection: { ...this.#state.connection, writes: message.writes },
        });
      case "parameters_needed":
      case "confirmation_needed":
        return this.#askAbout(message);
      case "run_started":
      case "statement_started":
      case "columns":
      case "paused":
      case "statement_finished":
      case "statement_failed":
      case "run_finished":
        return this.#progress(message);
    }
  }

  /** What was told of the credential at first no longer holds. */
  #renewed({ credential }: MessageOf<"credential">): void {
    if (!("connection" in this.#state)) return;
    this.#become({ ...this.#state, connection: { ...this.#state.connection, credential } });
  }

  #progress(message: RunMessage): void {
    if (message.type === "run_started" && this.#resumable && this.#state.kind !== "closed") {
      if ("connection" in this.#state) this.#become(this.#running(this.#state.connection));
      this.#sent = { kind: "run", request: this.#resumable, askedAt: this.#environment.now() };
      this.#resumable = null;
    }
    if (this.#state.kind !== "running" && this.#state.kind !== "paused") return;
    const { connection } = this.#state;
    if ("transaction" in message) this.#enterTransaction(message.transaction);
    if (message.type === "run_started") return this.#start(message);
    this.#started?.record.apply(message, this.#environment.now());
    this.#changed();
    switch (message.type) {
      case "statement_started":
      case "columns":
        return;
      case "paused":
        if (!this.#sent) this.#become({ kind: "paused", connection });
        return;
      case "statement_finished":
        if (this.#started?.job.kind === "command") {
          this.#command = { kind: "done", command: this.#started.job.command, tag: message.tag };
        }
        return;
      case "statement_failed":
        if (this.#started?.job.kind === "command") {
          this.#command = { kind: "failed", command: this.#started.job.command, error: message.error };
          this.#queue = [];
        }
        if (this.#started?.job.kind === "listen") {
          this.#listening = { ...this.#listening, error: message.error.message };
        }
        return;
      case "run_finished":
        this.#noteChannels();
        this.#started = null;
        if (this.#sent) return;
        this.#become({ kind: "ready", connection });
        return this.#advance();
    }
  }

  #noteChannels(): void {
    if (this.#started?.job.kind !== "listen") return;
    const rows = this.#started.record.view().results.at(-1)?.rows;
    if (!rows) return;
    const channels = Array.from({ length: rows.rowCount }, (_, row) => {
      const cell = rows.cell(row, 0);
      return cell.kind === "null" ? "" : cell.text;
    });
    this.#listening = { ...this.#listening, channels };
  }

  #start(message: MessageOf<"run_started">): void {
    const job = this.#sent;
    if (!job) return;
    this.#sent = null;
    const request = job.kind === "run" ? job.request : quietRequest(job);
    const newSession = this.#connections > 1 && this.#runsInConnection === 0;
    const now = this.#environment.now();
    this.#runsInConnection += 1;
    const waited = job.kind === "run" ? now - job.askedAt : 0;
    const record = new RunRecord(message.id, request, message.statements, now, newSession, waited);
    this.#started = { job, record };
    if (job.kind === "run") {
      this.#shown = record;
      if (!this.#mail.repeating) this.#missedRows = 0;
      this.#lastId = Math.max(this.#lastId, message.id);
      this.#memory = Math.max(0, this.#memoryStep - this.#pinned);
    }
    this.#changed();
  }

  #askAbout(asks: RunQuestion["asks"]): void {
    const job = this.#sent;
    if (job?.kind !== "run" || this.#state.kind !== "running") return;
    this.#sent = null;
    this.#queue = [];
    this.#question = { request: job.request, asks };
    this.#become({ kind: "ready", connection: this.#state.connection });
  }

  #reject(reason: Problem): void {
    this.#rejected = reason;
    this.#changed();
    if (!this.#sent || this.#state.kind !== "running") return;
    this.#sent = null;
    this.#queue = [];
    this.#become({ kind: this.#started ? "paused" : "ready", connection: this.#state.connection });
  }

  #receiveRows(frame: ArrayBuffer): void {
    this.#mail.receive();
    try {
      this.#started?.record.rows(frame);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return this.#lose(problem("malformed_frame", `The rows that arrived could not be read: ${words}.`));
    }
    this.#unacknowledged += frame.byteLength;
    this.#rowsArrived();
    if (this.#isFull() && this.#state.kind === "running") return this.#become({ ...this.#state, full: true });
    if (this.#unacknowledged >= ACK_BYTES) this.#acknowledge();
  }

  /** The first rows of a result are told at once. */
  #rowsArrived(): void {
    const known = this.#view.run?.results;
    if (!this.#shown || !known?.at(-1)?.rowCount || known.length < this.#shown.resultCount)
      return this.#changed();
    if (this.#rowsScheduled) return;
    this.#rowsScheduled = true;
    this.#environment.after(ROWS_INTERVAL_MS, () => {
      this.#rowsScheduled = false;
      this.#changed();
    });
  }

  /** What arrives after a cancel is taken in: the server must get through to its end. */
  #isFull(): boolean {
    const cancelling = this.#state.kind === "running" && this.#state.cancelling;
    return !cancelling && (this.#started?.record.byteLength ?? 0) > this.#memory;
  }

  #acknowledge(): void {
    if (this.#unacknowledged === 0 || this.#awaySince !== null) return;
    this.#transport?.send({ type: "ack", bytes: this.#unacknowledged, frames: this.#mail.received ?? 0 });
    this.#unacknowledged = 0;
  }

  #ended(code: number): void {
    if (code === TAKEN_OVER) {
      this.#address = null;
      return this.#lose(problem("taken_over", "This database session goes on in another window."));
    }
    // A socket that was to go on with a session and did not.
    const comingBack =
      this.#address !== null && (this.#awaySince !== null || this.#state.kind === "connecting");
    if (comingBack) return this.#failedToComeBack();
    if (this.#canComeBack()) return this.#goAway();
    if (this.#state.kind !== "connecting") {
      return this.#lose(problem("connection_lost", "The connection to Howdah was lost."));
    }
    const { startedAt } = this.#state;
    void this.#environment.explain().then((reason) => {
      if (this.#state.kind !== "connecting" || this.#state.startedAt !== startedAt) return;
      if (reason === "retry") return this.#connect();
      this.#hangUp();
      this.#become({ kind: "refused", problem: reason });
    });
  }

  #lose(reason: Problem): void {
    const transaction = this.#transaction.state;
    const wasRunning = this.#state.kind === "running" || this.#state.kind === "paused";
    this.#hangUp();
    this.#queue = [];
    this.#become({ kind: "lost", problem: reason, transaction, wasRunning });
  }

  #hangUp(): void {
    this.#transport?.close();
    this.#transport = null;
    this.#address = null;
    this.#awaySince = null;
    this.#attempts = 0;
    this.#resumable = null;
    this.#started?.record.lose();
    this.#started = null;
    this.#sent = null;
    this.#unacknowledged = 0;
    this.#listening = { ...this.#listening, channels: [] };
    this.#enterTransaction("idle");
  }

  #running(connection: Connection): Extract<SessionState, { kind: "running" }> {
    return {
      kind: "running",
      connection,
      startedAt: this.#environment.now(),
      cancelling: false,
      full: false,
    };
  }

  #enterTransaction(state: TransactionState): void {
    if (state === this.#transaction.state) return;
    const since = state === "idle" ? null : (this.#transaction.since ?? this.#environment.now());
    this.#transaction = { state, since };
  }

  #become(state: SessionState): void {
    this.#state = state;
    this.#changed();
  }

  #changed(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#environment.nextFrame(() => {
      this.#scheduled = false;
      this.#view = this.#freshView();
      for (const listener of this.#listeners) listener();
    });
  }

  #freshView(): SessionView {
    return {
      state: this.#state,
      awaySince: this.#awaySince,
      missedRows: this.#missedRows,
      transaction: this.#transaction,
      run: this.#shown?.view() ?? null,
      command: this.#command,
      listening: this.#listening,
      rejected: this.#rejected,
      question: this.#question,
      settings: this.#settings,
    };
  }
}

function quietRequest(job: Exclude<Job, { kind: "run" }>): RunRequest {
  const sql = job.kind === "command" ? job.command : job.sql;
  return { sql, cursor: null, documentOffset: 0, document: sql, rowLimit: null };
}

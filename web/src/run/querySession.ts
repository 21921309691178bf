import { Audience } from "./audience";
import { type Address, problem, type SessionEnvironment } from "./environment";
import { type Job, requestOf, runMessage, type Started } from "./job";
import { Line } from "./line";
import type { Connection, MessageOf, Problem, RunMessage, ServerMessage, TransactionState } from "./protocol";
import {
  LISTENING_SQL,
  type Listening,
  listenSql,
  NOTHING_HEARD,
  withChannels,
  withHeard,
} from "./notifications";
import { afterwards, goesByItself, type Left, nextAttempt, NOTHING_LEFT, type Restart } from "./restart";
import { RunRecord, type RunRequest } from "./runRecord";
import type {
  CommandOutcome,
  RunQuestion,
  SessionState,
  SessionView,
  Transaction,
  TransactionCommand,
} from "./sessionState";
import type { Strings } from "./strings";

/** What outlives a page that is loaded anew. */
export interface Keepsake {
  readonly address: Address;
  /** What runs, if anything does. */
  readonly request: RunRequest | null;
}

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
  readonly #audience: Audience<SessionView>;
  readonly #line: Line;
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
  #restart: Restart | null = null;
  #lastId = 0;
  #connections = 0;
  #runsInConnection = 0;
  /** What the page knows of a run that began before it was loaded anew. */
  #resumable: RunRequest | null = null;
  #missedRows = 0;
  #memory: number;
  #pinned = 0;
  readonly #memoryStep: number;

  constructor(environment: SessionEnvironment, memory = DEFAULT_MEMORY) {
    this.#environment = environment;
    this.#line = new Line(environment, {
      message: (message) => this.#receive(message),
      rows: (frame) => this.#receiveRows(frame),
      attached: (message) => this.#attached(message),
      ended: () => this.#ended(),
      gone: (reason) => this.#gone(reason),
      changed: () => this.#changed(),
    });
    this.#memory = memory;
    this.#memoryStep = memory;
    this.#audience = new Audience(environment, () => this.#freshView());
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#audience.subscribe(listener);

  readonly view = (): SessionView => this.#audience.view;

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

  /** The person has seen that Howdah was restarted. */
  dismissRestart(): void {
    if (this.#restart?.kind !== "moved" && this.#restart?.kind !== "stayed") return;
    this.#restart = null;
    this.#changed();
  }

  /** Asks PostgreSQL how the session is set, if it can be asked now. */
  inspect(): void {
    if (this.#state.kind === "ready") this.#line.say({ type: "inspect" });
  }

  /** Asks to write on a server that is read only by default, for a reason that is written down. */
  unlock(reason: string): void {
    if (this.#state.kind !== "ready") return;
    this.#writesConfirmed = true;
    this.#line.say({ type: "unlock", reason });
  }

  /** Gives that back. */
  lock(): void {
    if (this.#state.kind === "ready") this.#line.say({ type: "lock" });
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
    this.#listening = { ...this.#listening, error: null };
    this.#enqueue({ kind: "listen", sql: listenSql(channel, on) });
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
    this.#line.say(rows === null ? { type: "fetch" } : { type: "fetch", rows });
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
        this.#line.say({ type: "cancel" });
        this.#line.acknowledge();
        return this.#become({ ...state, cancelling: true, full: false });
      case "paused":
        this.#line.say({ type: "cancel" });
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
    this.#line.acknowledge();
  }

  /** Tells how much of the tab's memory pinned results of earlier runs take. It counts from the next run on. */
  reserve(bytes: number): void {
    this.#pinned = bytes;
  }

  /** What a page that is loaded anew needs to go on with the session; null when there is none. */
  keepsake(): Keepsake | null {
    const { address } = this.#line;
    return address && { address, request: this.#started?.record.request ?? null };
  }

  /** Goes on with the session of a page that was loaded anew. */
  resume({ address, request }: Keepsake): void {
    this.#resumable = request;
    this.#become({ kind: "connecting", startedAt: this.#environment.now() });
    this.#line.resume(address);
  }

  close(): void {
    this.#line.close();
    this.#hangUp();
    this.#queue = [];
    this.#restart = null;
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
    this.#line.say(runMessage(this.#lastId, job));
  }

  #connect(): void {
    this.#hangUp();
    this.#become({ kind: "connecting", startedAt: this.#environment.now() });
    this.#line.open();
  }

  #attached(message: MessageOf<"attached">): void {
    this.#missedRows = message.missed_rows;
    if (!message.resumed) {
      // What was shown of the run stays, but what comes now is told from its beginning.
      this.#resumable = this.#started?.record.request ?? this.#resumable;
      this.#started?.record.lose();
      this.#started = null;
    }
    this.#changed();
  }

  #receive(message: Exclude<ServerMessage, MessageOf<"attached">>): void {
    switch (message.type) {
      case "connected": {
        const { type: _, ...connection } = message;
        const { session_id: sessionId, replica, detach_grace_secs: grace } = connection;
        this.#line.established(grace > 0 ? { sessionId, replica } : null);
        this.#connections += 1;
        this.#runsInConnection = 0;
        this.#writesConfirmed = false;
        this.#settings = null;
        if (this.#restart?.kind === "moving") this.#restart = afterwards("moved", this.#restart);
        this.#enterTransaction(connection.transaction);
        this.#become({ kind: "ready", connection });
        return this.#advance();
      }
      case "connect_failed":
        return this.#refused(message.problem);
      case "restarting":
        this.#restart = { kind: "announced", until: this.#environment.now() + message.seconds * 1_000 };
        return this.#changed();
      case "disconnected":
        if (message.problem.code === "shutting_down") return this.#closedByStop();
        return this.#lose(message.problem);
      case "rejected":
        return this.#reject(message.problem);
      case "credential":
        return this.#amend({ credential: message.credential });
      case "notice":
      case "notification":
        if (message.type === "notification") this.#listening = withHeard(this.#listening, message);
        (this.#started?.record ?? this.#shown)?.note(message);
        return this.#changed();
      case "parameter":
        if (message.name !== "standard_conforming_strings") return;
        return this.#amend({ standard_strings: message.value !== "off" });
      case "settings":
        this.#settings = message.settings;
        return this.#changed();
      case "writes":
        if (message.writes !== "allowed") this.#writesConfirmed = false;
        return this.#amend({ writes: message.writes });
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

  /** Something that was told of the connection at first no longer holds. */
  #amend(news: Partial<Connection>): void {
    if (!("connection" in this.#state)) return;
    this.#become({ ...this.#state, connection: { ...this.#state.connection, ...news } });
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
        if (this.#started?.job.kind === "listen") {
          this.#listening = withChannels(this.#listening, this.#started.record.lastRows);
        }
        this.#started = null;
        if (this.#sent) return;
        this.#become({ kind: "ready", connection });
        return this.#advance();
    }
  }

  #start(message: MessageOf<"run_started">): void {
    const job = this.#sent;
    if (!job) return;
    this.#sent = null;
    const newSession = this.#connections > 1 && this.#runsInConnection === 0;
    const now = this.#environment.now();
    this.#runsInConnection += 1;
    const waited = job.kind === "run" ? now - job.askedAt : 0;
    const record = new RunRecord(message.id, requestOf(job), message.statements, {
      startedAt: now,
      waitedMs: waited,
      newSession,
      strings: this.#strings,
    });
    this.#started = { job, record };
    if (job.kind === "run") {
      if (this.#restart?.kind !== "announced") this.#restart = null;
      this.#shown = record;
      if (!this.#line.isRepeating) this.#missedRows = 0;
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
    try {
      this.#started?.record.rows(frame);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return this.#lose(problem("malformed_frame", `The rows that arrived could not be read: ${words}.`));
    }
    this.#rowsArrived();
    if (this.#isFull() && this.#state.kind === "running") return this.#become({ ...this.#state, full: true });
    if (this.#line.owesWord) this.#line.acknowledge();
  }

  /** The first rows of a result are told at once. */
  #rowsArrived(): void {
    const known = this.view().run?.results;
    const isFirst = !this.#shown || !known?.at(-1)?.rowCount || known.length < this.#shown.resultCount;
    if (isFirst) this.#changed();
    else this.#audience.tellLater();
  }

  /** What arrives after a cancel is taken in: the server must get through to its end. */
  #isFull(): boolean {
    const cancelling = this.#state.kind === "running" && this.#state.cancelling;
    return !cancelling && (this.#started?.record.byteLength ?? 0) > this.#memory;
  }

  #ended(): void {
    if (this.#state.kind !== "connecting") {
      return this.#lose(problem("connection_lost", "The connection to Howdah was lost."));
    }
    const { startedAt } = this.#state;
    void this.#environment.explain().then((reason) => {
      if (this.#state.kind !== "connecting" || this.#state.startedAt !== startedAt) return;
      if (reason === "retry") return this.#connect();
      this.#refused(reason);
    });
  }

  #refused(reason: Problem): void {
    this.#hangUp();
    if (this.#restart?.kind === "moving" ? goesByItself(reason) : reason.code === "shutting_down") {
      return this.#moveOn();
    }
    const moving = this.#restart?.kind === "moving" ? this.#restart : null;
    this.#restart = null;
    if (!moving || this.#queue.length > 0) return this.#become({ kind: "refused", problem: reason });
    // Nobody waits for it, so nobody is bothered with what it would need.
    this.#restart = afterwards("stayed", moving);
    this.#become({ kind: "closed" });
  }

  /** Closed in order: a run of which the server did not say before that it begins was never begun. */
  #closedByStop(): void {
    const unbegun = this.#started ? null : this.#sent;
    if (unbegun?.kind !== "run" || this.#transaction.state !== "idle") return this.#moveOn();
    // It would miss what earlier runs have set in the session.
    if (this.#runsInConnection > 0) return this.#moveOn({ transaction: "idle", statement: "unbegun" });
    this.#queue = [unbegun];
    this.#moveOn(NOTHING_LEFT);
  }

  /** The Howdah that holds the session is restarted: opens another session, here or wherever one is ready. */
  #moveOn(left = this.#left()): void {
    const now = this.#environment.now();
    const moving =
      this.#restart?.kind === "moving"
        ? this.#restart
        : { kind: "moving" as const, since: now, attempts: 0, ...left };
    const delay = nextAttempt(moving, now);
    this.#hangUp();
    if (delay === null) {
      this.#restart = null;
      const reason = problem("unreachable", "Howdah was to be restarted, and is not back yet.");
      return this.#become({ kind: "refused", problem: reason });
    }
    this.#restart = { ...moving, attempts: moving.attempts + 1 };
    this.#become({ kind: "connecting", startedAt: now });
    const attempt = this.#restart;
    this.#environment.after(delay, () => {
      if (this.#restart === attempt && this.#state.kind === "connecting") this.#line.open();
    });
  }

  #left(): Left {
    if (this.#state.kind === "connecting") return NOTHING_LEFT;
    const wasRunning = this.#state.kind === "running" || this.#state.kind === "paused";
    return { transaction: this.#transaction.state, statement: wasRunning ? "unknown" : "none" };
  }

  #gone(reason: Problem): void {
    if (this.#restart?.kind === "announced" && reason.code !== "taken_over") return this.#moveOn();
    // Of a page that was loaded anew: there is nothing to mourn for.
    if (this.#state.kind === "connecting" && reason.code !== "taken_over") return this.close();
    this.#lose(reason);
  }

  #lose(reason: Problem): void {
    const transaction = this.#transaction.state;
    const wasRunning = this.#state.kind === "running" || this.#state.kind === "paused";
    this.#hangUp();
    this.#queue = [];
    this.#restart = null;
    this.#become({ kind: "lost", problem: reason, transaction, wasRunning });
  }

  #hangUp(): void {
    this.#line.hangUp();
    this.#resumable = null;
    this.#started?.record.lose();
    this.#started = null;
    this.#sent = null;
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

  /** As by default while there is no session. */
  get #strings(): Strings {
    return "connection" in this.#state && !this.#state.connection.standard_strings ? "escaping" : "standard";
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
    this.#audience.tell();
  }

  #freshView(): SessionView {
    // Nobody waits for a session that is opened only so that it is there.
    const isQuiet = this.#restart?.kind === "moving" && this.#queue.length === 0;
    return {
      state: isQuiet ? { kind: "closed" } : this.#state,
      restart: this.#restart,
      awaySince: this.#line.awaySince,
      missedRows: this.#missedRows,
      transaction: this.#transaction,
      strings: this.#strings,
      run: this.#shown?.view() ?? null,
      command: this.#command,
      listening: this.#listening,
      rejected: this.#rejected,
      question: this.#question,
      settings: this.#settings,
    };
  }
}

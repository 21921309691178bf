import { Audience } from "./audience";
import { type Address, problem, type SessionEnvironment } from "./environment";
import { Line } from "./line";
import type { Connection, MessageOf, Problem, RunMessage, ServerMessage, TransactionState } from "./protocol";
import { afterwards, goesByItself, type Left, nextAttempt, NOTHING_LEFT, type Restart } from "./restart";
import type { RunRequest } from "./runRecord";
import {
  type RunQuestion,
  type SessionState,
  type SessionView,
  type TransactionCommand,
} from "./sessionState";
import type { Strings } from "./strings";
import { entered, idling, NO_TRANSACTION, told, type Transaction } from "./transaction";
import { Work } from "./work";

/** What outlives a page that is loaded anew. */
export interface Keepsake {
  readonly address: Address;
  /** What runs or was sent to be run, if anything was. */
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
  readonly #work: Work;
  #state: SessionState = { kind: "closed" };
  #transaction: Transaction = NO_TRANSACTION;
  #settings: Readonly<Record<string, string>> | null = null;
  #writesConfirmed = false;
  #restart: Restart | null = null;

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
    this.#work = new Work(memory);
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
    this.#work.forgetQuestion();
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
    this.#work.askToRun(request, this.#environment.now());
    this.#advance();
  }

  /** Ends the transaction by button: the results stay. */
  endTransaction(command: TransactionCommand, then?: RunRequest): void {
    this.#work.askToEnd(command, then, this.#environment.now());
    this.#advance();
  }

  /** Listens to a channel, connecting first when need be and behind what runs, or no longer listens to it. */
  listen(channel: string, on: boolean): void {
    this.#work.askToListen(channel, on);
    this.#advance();
  }

  /** Looks which channels the session listens to, where it can do so without a wait. */
  lookWhatIsHeard(): void {
    if (this.#state.kind !== "ready" || this.#transaction.state === "failed") return;
    this.#work.askWhatIsHeard();
    this.#advance();
  }

  forgetHeard(): void {
    this.#work.forgetHeard();
    this.#changed();
  }

  /** Goes on with a paused result, for `rows` more or to its end. */
  fetch(rows: number | null): void {
    if (this.#state.kind !== "paused") return;
    const { connection } = this.#state;
    this.#line.say(rows === null ? { type: "fetch" } : { type: "fetch", rows });
    this.#work.goOn(this.#environment.now());
    this.#noteIdle(null);
    this.#become(this.#running(connection));
  }

  /** Cancels what runs, or the attempt to connect. */
  cancel(): void {
    this.#work.forgetWaiting();
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
    this.#work.allowMoreMemory();
    if (this.#state.kind === "running") this.#become({ ...this.#state, full: false });
    this.#line.acknowledge();
  }

  /** Tells how much of the tab's memory pinned results of earlier runs take. It counts from the next run on. */
  reserve(bytes: number): void {
    this.#work.reserve(bytes);
  }

  /** What a page that is loaded anew needs to go on with the session; null when there is none. */
  keepsake(): Keepsake | null {
    const { address } = this.#line;
    return address && { address, request: this.#work.requestUnderWay };
  }

  /** Goes on with the session of a page that was loaded anew. */
  resume({ address, request }: Keepsake): void {
    this.#work.resume(request);
    this.#become({ kind: "connecting", startedAt: this.#environment.now() });
    this.#line.resume(address);
  }

  close(): void {
    this.#line.close();
    this.#hangUp();
    this.#work.forgetWaiting();
    this.#restart = null;
    this.#become({ kind: "closed" });
  }

  /** Does what waits, if anything does and now is its time. */
  #advance(): void {
    this.#changed();
    if (!this.#work.isWaiting) return;
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
        return this.#send(this.#state.connection);
    }
  }

  #send(connection: Connection): void {
    const message = this.#work.send();
    if (!message) return;
    this.#become(this.#running(connection));
    this.#line.say(message);
  }

  #connect(): void {
    this.#hangUp();
    this.#become({ kind: "connecting", startedAt: this.#environment.now() });
    this.#line.open();
  }

  #attached(message: MessageOf<"attached">): void {
    this.#work.attached(message);
    this.#changed();
  }

  #receive(message: Exclude<ServerMessage, MessageOf<"attached">>): void {
    switch (message.type) {
      case "connected": {
        const { type: _, ...connection } = message;
        const { session_id: sessionId, replica, detach_grace_secs: grace } = connection;
        this.#line.established(grace > 0 ? { sessionId, replica } : null);
        this.#work.connected();
        this.#writesConfirmed = false;
        this.#settings = null;
        if (this.#restart?.kind === "moving") this.#restart = afterwards("moved", this.#restart);
        this.#enterTransaction(connection.transaction);
        this.#noteIdle(this.#environment.now());
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
        this.#work.note(message);
        return this.#changed();
      case "parameter":
        return this.#amend(amendedBy(message));
      case "transaction":
        this.#transaction = told(message, this.#environment.now());
        return this.#changed();
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
    const now = this.#environment.now();
    if (message.type === "run_started" && "connection" in this.#state && this.#work.recognise(now)) {
      this.#become(this.#running(this.#state.connection));
    }
    if (this.#state.kind !== "running" && this.#state.kind !== "paused") return;
    const { connection } = this.#state;
    if ("transaction" in message) this.#enterTransaction(message.transaction);
    if (message.type === "run_started") this.#noteIdle(null);
    if (message.type === "paused" || message.type === "run_finished") this.#noteIdle(now);
    this.#changed();
    if (message.type === "run_started") {
      const { isRepeating } = this.#line;
      const isRun = this.#work.begin(message, { now, strings: this.#strings, isRepeating });
      if (isRun && this.#restart?.kind !== "announced") this.#restart = null;
      return;
    }
    switch (this.#work.follow(message, now)) {
      case "goesOn":
        return;
      case "pauses":
        return this.#become({ kind: "paused", connection });
      case "ends":
        this.#become({ kind: "ready", connection });
        return this.#advance();
    }
  }

  #askAbout(asks: RunQuestion["asks"]): void {
    if (this.#state.kind !== "running" || !this.#work.askAbout(asks)) return;
    this.#become({ kind: "ready", connection: this.#state.connection });
  }

  #reject(reason: Problem): void {
    this.#changed();
    const kind = this.#work.reject(reason, this.#state.kind === "running");
    if (kind !== "other" && "connection" in this.#state) {
      this.#become({ kind, connection: this.#state.connection });
    }
  }

  #receiveRows(frame: ArrayBuffer): void {
    try {
      // The first rows of a result are told at once.
      if (this.#work.receiveRows(frame, this.view().run)) this.#changed();
      else this.#audience.tellLater();
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return this.#lose(problem("malformed_frame", `The rows that arrived could not be read: ${words}.`));
    }
    // What arrives after a cancel is taken in: the server must get through to its end.
    if (this.#state.kind === "running" && !this.#state.cancelling && this.#work.isFull) {
      return this.#become({ ...this.#state, full: true });
    }
    if (this.#line.owesWord) this.#line.acknowledge();
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
    if (!moving || this.#work.isWaiting) return this.#become({ kind: "refused", problem: reason });
    // Nobody waits for it, so nobody is bothered with what it would need.
    this.#restart = afterwards("stayed", moving);
    this.#become({ kind: "closed" });
  }

  #closedByStop(): void {
    const statement = this.#transaction.state === "idle" ? this.#work.takeBack() : "none";
    if (statement === "none") return this.#moveOn();
    this.#moveOn(statement === "waits" ? NOTHING_LEFT : { transaction: "idle", statement });
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
    this.#work.forgetWaiting();
    this.#restart = null;
    this.#become({ kind: "lost", problem: reason, transaction, wasRunning });
  }

  #hangUp(): void {
    this.#line.hangUp();
    this.#work.hangUp();
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
    this.#transaction = entered(this.#transaction, state, this.#environment.now());
  }

  #noteIdle(idleSince: number | null): void {
    this.#transaction = idling(this.#transaction, idleSince);
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
    const isQuiet = this.#restart?.kind === "moving" && !this.#work.isWaiting;
    return {
      state: isQuiet ? { kind: "closed" } : this.#state,
      restart: this.#restart,
      awaySince: this.#line.awaySince,
      transaction: this.#transaction,
      strings: this.#strings,
      ...this.#work.view(),
      settings: this.#settings,
    };
  }
}

/** A setting that PostgreSQL reports when it changes. */
function amendedBy({ name, value }: MessageOf<"parameter">): Partial<Connection> {
  switch (name) {
    case "standard_conforming_strings":
      return { standard_strings: value !== "off" };
    case "search_path":
      return { search_path: value };
    case "default_transaction_read_only":
      return { default_read_only: value === "on" };
    case "in_hot_standby":
      return { standby: value === "on" };
    default:
      return {};
  }
}

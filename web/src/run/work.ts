import { type Job, requestOf, runMessage, type Started } from "./job";
import {
  LISTENING_SQL,
  type Listening,
  listenSql,
  NOTHING_HEARD,
  withChannels,
  withHeard,
} from "./notifications";
import type { ClientMessage, MessageOf, Problem, RunMessage } from "./protocol";
import { RunRecord, type RunRequest } from "./runRecord";
import type { CommandOutcome, RunQuestion, SessionView, TransactionCommand } from "./sessionState";
import type { Strings } from "./strings";

/** Of the memory for rows, however much of it pinned results hold: what most results fit into. */
const LEAST_SHARE = 1 / 8;

/** What a view shows of the work. */
type WorkView = Pick<SessionView, "run" | "command" | "rejected" | "question" | "listening" | "missedRows">;

/**
 * What one tab's session is to do, what the server was sent of it, what it does now, and what came of it.
 *
 * One thing waits at most, and what is asked for anew takes its place. It knows nothing of how to reach the server.
 */
export class Work {
  /** The first goes next; another one is there only where that one is its condition. */
  #queue: Job[] = [];
  /** What was said to the server and not yet begun. */
  #sent: Job | null = null;
  #started: Started | null = null;
  #shown: RunRecord | null = null;
  #command: CommandOutcome | null = null;
  #rejected: Problem | null = null;
  #question: RunQuestion | null = null;
  #listening: Listening = NOTHING_HEARD;
  #lastId = 0;
  #connections = 0;
  #runsInConnection = 0;
  /** What the page knows of a run that began before it was loaded anew. */
  #resumable: RunRequest | null = null;
  #missedRows = 0;
  /** How many bytes the rows of a run may take. */
  #memory: number;
  #pinned = 0;
  readonly #memoryStep: number;

  constructor(memory: number) {
    this.#memory = memory;
    this.#memoryStep = memory;
  }

  /** What was asked for and is not sent yet. */
  get isWaiting(): boolean {
    return this.#queue.length > 0;
  }

  /** What the server does now, or was asked for and may have begun; null when that is nothing. */
  get requestUnderWay(): RunRequest | null {
    return this.#started?.record.request ?? (this.#sent && requestOf(this.#sent));
  }

  /** Whether rows take more memory than they may. */
  get isFull(): boolean {
    return (this.#started?.record.byteLength ?? 0) > this.#memory;
  }

  askToRun(request: RunRequest, now: number): void {
    this.#ask({ kind: "run", request, askedAt: now });
  }

  /** The end of the transaction, and what is to run when that went well. */
  askToEnd(command: TransactionCommand, then: RunRequest | undefined, now: number): void {
    this.#ask({ kind: "command", command });
    if (then) this.#queue.push({ kind: "run", request: then, askedAt: now });
  }

  askToListen(channel: string, on: boolean): void {
    this.#listening = { ...this.#listening, error: null };
    this.#ask({ kind: "listen", sql: listenSql(channel, on) });
  }

  askWhatIsHeard(): void {
    this.#ask({ kind: "listen", sql: LISTENING_SQL });
  }

  /** What was asked for is no longer wanted. */
  forgetWaiting(): void {
    this.#queue = [];
  }

  forgetQuestion(): void {
    this.#question = null;
  }

  forgetHeard(): void {
    this.#listening = { ...this.#listening, heard: [], dropped: 0 };
  }

  allowMoreMemory(): void {
    this.#memory += this.#memoryStep;
  }

  reserve(bytes: number): void {
    this.#pinned = bytes;
  }

  /** The message that asks the server for what comes next; null when nothing does. */
  send(): ClientMessage | null {
    const job = this.#queue.shift();
    if (!job) return null;
    this.#sent = job;
    this.#lastId += 1;
    return runMessage(this.#lastId, job);
  }

  /** A page that was loaded anew goes on with what runs, if anything does. */
  resume(request: RunRequest | null): void {
    this.#resumable = request;
  }

  /** A session is there. */
  connected(): void {
    this.#connections += 1;
    this.#runsInConnection = 0;
  }

  /** Another socket goes on with the session. */
  attached({ missed_rows: missedRows, resumed }: MessageOf<"attached">): void {
    this.#missedRows = missedRows;
    if (resumed) return;
    // What was shown of the run stays, but what comes now is told from its beginning.
    this.#resumable = this.#started?.record.request ?? this.#resumable;
    this.#started?.record.lose();
    this.#started = null;
  }

  /** Whether a run that begins now is one of which the page knew before it was loaded anew. */
  recognise(now: number): boolean {
    if (!this.#resumable || this.#sent) return false;
    this.#sent = { kind: "run", request: this.#resumable, askedAt: now };
    this.#resumable = null;
    return true;
  }

  /** What was sent begins. Tells whether it is a run, whose results are shown from now on. */
  begin(
    { id, statements }: MessageOf<"run_started">,
    { now, strings, isRepeating }: { now: number; strings: Strings; isRepeating: boolean },
  ): boolean {
    const job = this.#sent;
    if (!job) return false;
    this.#sent = null;
    const newSession = this.#connections > 1 && this.#runsInConnection === 0;
    this.#runsInConnection += 1;
    const waitedMs = job.kind === "run" ? now - job.askedAt : 0;
    const circumstances = { startedAt: now, waitedMs, newSession, strings };
    const record = new RunRecord(id, requestOf(job), statements, circumstances);
    this.#started = { job, record };
    if (job.kind !== "run") return false;
    this.#shown = record;
    if (!isRepeating) this.#missedRows = 0;
    this.#lastId = Math.max(this.#lastId, id);
    this.#memory = Math.max(this.#memoryStep * LEAST_SHARE, this.#memoryStep - this.#pinned);
    return true;
  }

  /** How it goes with what began: on, to a pause at the row limit, or to its end with nothing sent behind it. */
  follow(message: Exclude<RunMessage, MessageOf<"run_started">>, now: number): "goesOn" | "pauses" | "ends" {
    this.#started?.record.apply(message, now);
    switch (message.type) {
      case "statement_started":
      case "columns":
        return "goesOn";
      case "paused":
        return this.#sent ? "goesOn" : "pauses";
      case "statement_finished":
        this.#finished(message);
        return "goesOn";
      case "statement_failed":
        this.#failed(message);
        return "goesOn";
      case "run_finished":
        if (this.#started?.job.kind === "listen") {
          this.#listening = withChannels(this.#listening, this.#started.record.lastRows);
        }
        this.#started = null;
        return this.#sent ? "goesOn" : "ends";
    }
  }

  /** Takes in a frame of rows. Tells whether they are the first of a result, for which somebody waits. */
  receiveRows(frame: ArrayBuffer, known: SessionView["run"]): boolean {
    this.#started?.record.rows(frame);
    const results = known?.results;
    return !this.#shown || !results?.at(-1)?.rowCount || results.length < this.#shown.resultCount;
  }

  /** A paused result goes on. */
  goOn(now: number): void {
    this.#started?.record.resume(now);
  }

  /** PostgreSQL said something by the way. */
  note(message: MessageOf<"notice" | "notification">): void {
    if (message.type === "notification") this.#listening = withHeard(this.#listening, message);
    (this.#started?.record ?? this.#shown)?.note(message);
  }

  /** The server asks before it begins. Tells whether that was about a run. */
  askAbout(asks: RunQuestion["asks"]): boolean {
    const job = this.#sent;
    if (job?.kind !== "run") return false;
    this.#sent = null;
    this.#queue = [];
    this.#question = { request: job.request, asks };
    return true;
  }

  /** The server does not take a message. What that was for: what was sent, with a paused result before it or not. */
  reject(reason: Problem, isRunning: boolean): "ready" | "paused" | "other" {
    this.#rejected = reason;
    if (!this.#sent || !isRunning) return "other";
    this.#sent = null;
    this.#queue = [];
    return this.#started ? "paused" : "ready";
  }

  /**
   * The session was closed in order: a run of which the server did not say before that it begins was never begun. It
   * waits for the next session, unless it could miss what earlier runs have set in this one.
   */
  takeBack(): "unbegun" | "waits" | "none" {
    const unbegun = this.#started ? null : this.#sent;
    if (unbegun?.kind !== "run") return "none";
    if (this.#runsInConnection > 0) return "unbegun";
    this.#queue = [unbegun];
    return "waits";
  }

  /** The session is gone: what was begun is lost, and what waits goes on waiting. */
  hangUp(): void {
    this.#resumable = null;
    this.#started?.record.lose();
    this.#started = null;
    this.#sent = null;
    this.#listening = { ...this.#listening, channels: [] };
  }

  view(): WorkView {
    return {
      run: this.#shown?.view() ?? null,
      command: this.#command,
      rejected: this.#rejected,
      question: this.#question,
      listening: this.#listening,
      missedRows: this.#missedRows,
    };
  }

  #ask(job: Job): void {
    this.#rejected = null;
    this.#question = null;
    this.#command = null;
    this.#queue = [job];
  }

  #finished({ tag }: MessageOf<"statement_finished">): void {
    const job = this.#started?.job;
    if (job?.kind === "command") this.#command = { kind: "done", command: job.command, tag };
  }

  #failed({ error }: MessageOf<"statement_failed">): void {
    const job = this.#started?.job;
    if (job?.kind === "command") {
      this.#command = { kind: "failed", command: job.command, error };
      this.#queue = [];
    }
    if (job?.kind === "listen") this.#listening = { ...this.#listening, error: error.message };
  }
}

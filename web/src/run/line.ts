import {
  type Address,
  problem,
  type SessionEnvironment,
  type Transport,
  type TransportEvents,
} from "./environment";
import { Mail } from "./mail";
import { Pace } from "./pace";
import type { ClientMessage, MessageOf, Problem, ServerMessage } from "./protocol";

/** What is heard through a line. */
export interface LineEvents {
  message(message: Exclude<ServerMessage, MessageOf<"attached">>): void;
  rows(frame: ArrayBuffer): void;
  /** Another socket goes on with the session. */
  attached(message: MessageOf<"attached">): void;
  /** A socket ended, and no session is kept for it at the other end. */
  ended(): void;
  /** The session is gone, or another window has it. */
  gone(reason: Problem): void;
  /** `awaySince` has changed. */
  changed(): void;
}

/** How long to wait before each attempt to come back to a session. */
const COME_BACK_MS = [0, 500, 1_000, 2_000, 3_000];
/** The close code of a socket whose session another one goes on with. */
const TAKEN_OVER = 4001;

/**
 * The way to a session at Howdah. It outlives its sockets: when one is lost it opens another, and sees that nothing of
 * what was said on either side is lost or comes twice (docs/query-protocol.md, Reattachment).
 */
export class Line {
  readonly #environment: SessionEnvironment;
  readonly #events: LineEvents;
  #transport: Transport | null = null;
  /** Ends listening for the network, while there is or should be a socket. */
  #unwatch: (() => void) | null = null;
  /** What was sent and received, by number. */
  readonly #mail = new Mail();
  /** How fast rows come, and how many may therefore be under way. */
  readonly #pace = new Pace();
  #address: Address | null = null;
  /** The page was loaded anew, and has not yet heard of the session that it goes on with. */
  #isResuming = false;
  #awaySince: number | null = null;
  #attempts = 0;
  #unacknowledged = 0;
  /** How many bytes may be under way, as the server was told last. */
  #window = 0;
  /** When a run was asked for that has not begun: how long that takes tells how long the way is. */
  #askedAt: number | null = null;

  constructor(environment: SessionEnvironment, events: LineEvents) {
    this.#environment = environment;
    this.#events = events;
  }

  /** Where the session is that this line leads to, if it would wait there. */
  get address(): Address | null {
    return this.#isResuming ? null : this.#address;
  }

  /** Since when the way is lost while the session waits; null while it is not. */
  get awaySince(): number | null {
    return this.#awaySince;
  }

  /** Whether what comes tells of what was before. */
  get isRepeating(): boolean {
    return this.#mail.repeating;
  }

  /** Whether the server should now be told of rows that were taken in, so that it never stops for want of a word. */
  get owesWord(): boolean {
    return this.#unacknowledged >= this.#window / 4;
  }

  /** Opens a new session. */
  open(): void {
    this.#mail.begin();
    this.#listen((events) => this.#environment.open(events));
  }

  /** Goes on with the session of a page that was loaded anew. */
  resume(address: Address): void {
    this.#address = address;
    this.#isResuming = true;
    this.#comeBack(null);
  }

  /** The session is there; with an address it would wait if the way were lost. */
  established(address: Address | null): void {
    this.#address = address;
    this.#isResuming = false;
    this.#sendAcknowledgement();
  }

  /** Says something that the server must hear, now or when the way to it is there again. */
  say(message: ClientMessage): void {
    this.#mail.send(message);
    this.#askedAt = message.type === "run" ? this.#environment.now() : null;
    if (this.#awaySince === null) this.#transport?.send(message);
  }

  acknowledge(): void {
    if (this.#unacknowledged > 0 && this.#awaySince === null) this.#sendAcknowledgement();
  }

  #sendAcknowledgement(): void {
    this.#window = this.#pace.window;
    const frames = this.#mail.received ?? 0;
    this.#transport?.send({ type: "ack", bytes: this.#unacknowledged, frames, window: this.#window });
    this.#unacknowledged = 0;
  }

  /** Ends the session, if there is one, and forgets it. */
  hangUp(): void {
    this.#transport?.close();
    this.#transport = null;
    this.#address = null;
    this.#isResuming = false;
    this.#awaySince = null;
    this.#attempts = 0;
    this.#unacknowledged = 0;
  }

  /** As `hangUp`, for good: a session that waits would hold its locks until it gives up. */
  close(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    const address = this.#address;
    if (this.#awaySince !== null && address) {
      const events = { message: () => ending.close(), rows: () => undefined, ended: () => undefined };
      const ending = this.#environment.reopen(events, address, this.#mail.received);
    }
    this.hangUp();
  }

  #listen(open: (events: TransportEvents) => Transport): void {
    this.#unwatch ??= this.#environment.onNetwork(() => this.#networkIsBack());
    const ifCurrent =
      <Arguments extends unknown[]>(handle: (...received: Arguments) => void) =>
      (...received: Arguments) => {
        if (this.#transport === transport) handle(...received);
      };
    const transport = open({
      message: ifCurrent((message: ServerMessage) => this.#receive(message)),
      rows: ifCurrent((frame: ArrayBuffer) => {
        this.#mail.receive();
        this.#unacknowledged += frame.byteLength;
        this.#pace.took(frame.byteLength, this.#environment.now());
        this.#events.rows(frame);
      }),
      ended: ifCurrent((code: number) => this.#ended(code)),
    });
    this.#transport = transport;
  }

  #receive(message: ServerMessage): void {
    if (message.type !== "attached") {
      this.#mail.receive();
      if (message.type === "run_started" && this.#askedAt !== null) {
        this.#pace.answered(this.#environment.now() - this.#askedAt);
        this.#askedAt = null;
      }
      return this.#events.message(message);
    }
    this.#awaySince = null;
    this.#askedAt = null;
    this.#attempts = 0;
    this.#unacknowledged = 0;
    for (const unheard of this.#mail.attached(message)) this.#transport?.send(unheard);
    // What was told last may not have got through.
    if (message.resumed) this.#sendAcknowledgement();
    this.#events.attached(message);
  }

  #ended(code: number): void {
    if (code === TAKEN_OVER) {
      this.#address = null;
      return this.#events.gone(problem("taken_over", "This database session goes on in another window."));
    }
    if (!this.#address) return this.#events.ended();
    // One that was to go on with a session and did not?
    if (this.#awaySince !== null || this.#isResuming) return this.#failedToComeBack(this.#address);
    this.#goAway();
  }

  /** The way to Howdah is lost, while the session waits there for a while. */
  #goAway(): void {
    this.#transport = null;
    this.#awaySince ??= this.#environment.now();
    const since = this.#awaySince;
    const delay = COME_BACK_MS[Math.min(this.#attempts, COME_BACK_MS.length - 1)] ?? 0;
    this.#attempts += 1;
    this.#events.changed();
    this.#environment.after(delay, () => {
      if (this.#awaySince === since && !this.#transport) this.#comeBack(this.#mail.received);
    });
  }

  /** Opens another socket to the session that waits. */
  #comeBack(received: number | null): void {
    const address = this.#address;
    if (address) this.#listen((events) => this.#environment.reopen(events, address, received));
  }

  #failedToComeBack(address: Address): void {
    const since = this.#awaySince;
    this.#transport = null;
    void this.#environment.explainLoss(address).then((reason) => {
      if (this.#awaySince !== since || this.#transport || this.#address !== address) return;
      if (reason === "retry") this.#goAway();
      else this.#events.gone(reason);
    });
  }

  #networkIsBack(): void {
    if (!this.#address || this.#isResuming || this.#awaySince !== null) return;
    this.#transport?.abandon();
    this.#goAway();
  }
}

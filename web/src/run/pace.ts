/** Where a session begins: so much is soon taken in on a slow network too. */
const FIRST_WINDOW = 32 * 1024;
/** The server sends no less at once (docs/query-protocol.md). */
const SMALLEST_WINDOW = 8 * 1024;
/** What the server keeps to if nothing else is asked for (docs/query-protocol.md). */
const LARGEST_WINDOW = 1024 * 1024;
/** What is under way when a run is cancelled has come in after so long, beside the time that the way itself takes. */
const UNDER_WAY_MS = 500;
/** What is answered later than that was not kept back by the network alone. */
const LONGEST_ROUND_TRIP_MS = 1_000;
/** Frames come in bunches: a shorter time tells nothing. */
const MEASURED_MS = 100;
/** After such a pause it was not the network that was waited for. */
const PAUSE_MS = 5_000;

/** How fast rows come in, and how many of them may therefore be under way. */
export class Pace {
  #window = FIRST_WINDOW;
  /** The shortest time that anything was answered in; 0 while nothing was. */
  #roundTrip = 0;
  #since = 0;
  #last = -Infinity;
  #bytes = 0;

  /** Bytes that the server may send ahead. */
  get window(): number {
    return this.#window;
  }

  /** Something was answered after so long: as much is always under way, or the line would be idle meanwhile. */
  answered(milliseconds: number): void {
    this.#roundTrip = Math.min(milliseconds, this.#roundTrip || LONGEST_ROUND_TRIP_MS);
  }

  /** So many bytes have come in. */
  took(bytes: number, now: number): void {
    const isFirst = now - this.#last > PAUSE_MS;
    this.#last = now;
    if (isFirst) {
      this.#since = now;
      this.#bytes = 0;
      return;
    }
    this.#bytes += bytes;
    const passed = now - this.#since;
    if (passed < MEASURED_MS) return;
    const wanted = Math.round((this.#bytes / passed) * (UNDER_WAY_MS + this.#roundTrip));
    this.#window = Math.min(Math.max(wanted, SMALLEST_WINDOW), LARGEST_WINDOW);
    this.#since = now;
    this.#bytes = 0;
  }
}

/** Where a session begins: so much is soon taken in on a slow network too. */
const FIRST_WINDOW = 64 * 1024;
/** Where an answer takes long to come, still less would keep the line idle. */
const SMALLEST_WINDOW = 32 * 1024;
/** What the server keeps to if nothing else is asked for (docs/query-protocol.md). */
const LARGEST_WINDOW = 1024 * 1024;
/** What is under way when a run is cancelled has come in after so long. */
const UNDER_WAY_MS = 500;
/** Frames come in bunches: a shorter time tells nothing. */
const MEASURED_MS = 100;
/** After such a pause it was not the network that was waited for. */
const PAUSE_MS = 5_000;

/** How fast rows come in, and how many of them may therefore be under way. */
export class Pace {
  #window = FIRST_WINDOW;
  #since = 0;
  #last = -Infinity;
  #bytes = 0;

  /** Bytes that the server may send ahead. */
  get window(): number {
    return this.#window;
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
    const wanted = Math.round((this.#bytes / passed) * UNDER_WAY_MS);
    this.#window = Math.min(Math.max(wanted, SMALLEST_WINDOW), LARGEST_WINDOW);
    this.#since = now;
    this.#bytes = 0;
  }
}

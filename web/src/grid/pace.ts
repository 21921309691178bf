import type { Cell } from "~/run/rowStore";

/** Lets long work be done in slices, so that the page stays alive: less than half of a frame's time each. */
export class Pace {
  readonly #signal: AbortSignal;
  #characters = 0;
  #begun = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Notes what was read: a few long values take as long as thousands of short ones. */
  read(cell: Cell): Cell {
    if (cell.kind !== "null") this.#characters += cell.text.length;
    return cell;
  }

  /** Whether so much was read that the clock should be looked at before the next of the usual times. */
  get hasReadMuch(): boolean {
    return this.#characters > MUCH;
  }

  /** Whether the slice is over. Asked after every few thousand steps, or when much was read. */
  get isOver(): boolean {
    this.#characters = 0;
    return performance.now() - this.#begun > SLICE_MS;
  }

  /** Lets the page do what waits; throws when the work is no longer wanted. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    });
    this.#signal.throwIfAborted();
    this.#begun = performance.now();
  }
}

const SLICE_MS = 6;
/** Characters that are read in a good part of a slice. */
const MUCH = 256 * 1024;

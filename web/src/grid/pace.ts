/** Lets long work be done in slices, so that the page stays alive: less than half of a frame's time each. */
export class Pace {
  readonly #signal: AbortSignal;
  #begun = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether the slice is over. Asked after every few thousand steps. */
  get isOver(): boolean {
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

/** The clock that views follow. */
export interface Beat {
  /** Calls back when the next frame is about to be drawn. */
  nextFrame(callback: () => void): void;
  after(milliseconds: number, callback: () => void): void;
}

/**
 * So often is told that more rows have come: a grid need not be drawn for rows out of sight. The grid's library tells a
 * screen reader what it shows when nothing has changed for 200 ms, which must come to pass between two such words.
 */
const ROWS_INTERVAL_MS = 300;

/** Those who look at something that changes often. They are told at most once a frame, whatever happened in between. */
export class Audience<View> {
  readonly #beat: Beat;
  readonly #look: () => View;
  readonly #listeners = new Set<() => void>();
  #view: View;
  #isScheduled = false;
  #isScheduledLater = false;

  /** `look` makes a view of what is to be seen now. */
  constructor(beat: Beat, look: () => View) {
    this.#beat = beat;
    this.#look = look;
    this.#view = look();
  }

  /** What was told last. */
  get view(): View {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Something changed. */
  tell(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#beat.nextFrame(() => {
      this.#isScheduled = false;
      this.#view = this.#look();
      for (const listener of this.#listeners) listener();
    });
  }

  /** Something changed that there is no hurry to tell. */
  tellLater(): void {
    if (this.#isScheduledLater) return;
    this.#isScheduledLater = true;
    this.#beat.after(ROWS_INTERVAL_MS, () => {
      this.#isScheduledLater = false;
      this.tell();
    });
  }
}

/** The best of many, without keeping or sorting all of them. What compares lower is better. */
export class Shortlist<Item> {
  readonly #limit: number;
  readonly #compare: (a: Item, b: Item) => number;
  readonly #kept: Item[] = [];
  #worst: Item | null = null;

  constructor(limit: number, compare: (a: Item, b: Item) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  /** What an item must be better than to be taken; null while everything is. */
  get worst(): Item | null {
    return this.#worst;
  }

  offer(item: Item): void {
    if (this.#worst !== null && this.#compare(item, this.#worst) >= 0) return;
    this.#kept.push(item);
    if (this.#kept.length >= this.#limit * 2) this.#cut();
  }

  /** The best, in order. */
  take(): Item[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept.sort(this.#compare).splice(this.#limit);
    if (this.#kept.length === this.#limit) this.#worst = this.#kept.at(-1) ?? null;
  }
}

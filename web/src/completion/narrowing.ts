import { type BestOffers, byRank, MAX_OFFERS, type Offer } from "./offer";
import { beginsWith, bestOf, fitting } from "./match";
import { type PackedOffers, unpacked } from "./packedOffers";

/** What is typed on of a name that needs no quotes. */
const PLAIN = /^[\p{L}_][\p{L}\p{N}_$]*$/u;

/**
 * All that fits at a place. While one types on in the same word nothing else can come to fit, so the page finds what
 * still does by itself, and shows it in the very frame in which it shows the letter.
 */
export class Narrowing {
  readonly #prefix: string;
  readonly #isCurrent: () => boolean;
  /** Best first whatever is typed; null as long as all is not known. */
  #all: readonly Offer[] | null;

  /** `isCurrent` tells whether names have changed since. */
  constructor({ prefix, whole, offers }: BestOffers, isCurrent: () => boolean) {
    this.#prefix = prefix;
    this.#all = whole ? offers.toSorted(byRank) : null;
    this.#isCurrent = isCurrent;
  }

  /** Takes all that fits, where the best were not all. */
  learn(all: PackedOffers | null): void {
    if (all) this.#all = unpacked(all);
  }

  /** The best of what fits once the name reads `typed`; null where that must be asked for. */
  to(typed: string): readonly Offer[] | null {
    if (!this.#all || !PLAIN.test(typed) || !this.#isCurrent()) return null;
    const prefix = typed.toLowerCase();
    if (!beginsWith(prefix, this.#prefix)) return null;
    return bestOf(this.#all, ({ label }) => label, prefix, fitting(prefix), MAX_OFFERS);
  }
}

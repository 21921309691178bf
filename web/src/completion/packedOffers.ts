import { byRank, type Offer, type OfferKind } from "./offer";

/** Thousands of offers in a form that is handed from the worker to the page at no cost to speak of. Best first. */
export interface PackedOffers {
  readonly labels: string;
  readonly inserts: string;
  readonly details: string;
  /** Places in `KINDS`. */
  readonly kinds: Uint8Array;
  readonly ranks: Float64Array;
}

const KINDS: readonly OfferKind[] = [
  ...([
    "column",
    "relation",
    "schema",
    "function",
    "keyword",
    "join",
    "snippet",
    "alias",
    "text",
    "type",
    "parameter",
    "role",
  ] as const),
];
/** Stands in no text of PostgreSQL's. */
const BETWEEN = "\0";

export function packed(offers: readonly Offer[]): PackedOffers {
  const sorted = offers.toSorted(byRank);
  return {
    labels: sorted.map(({ label }) => label).join(BETWEEN),
    inserts: sorted.map(({ label, insert }) => (insert === label ? "" : insert)).join(BETWEEN),
    details: sorted.map(({ detail }) => detail).join(BETWEEN),
    kinds: Uint8Array.from(sorted, ({ kind }) => KINDS.indexOf(kind)),
    ranks: Float64Array.from(sorted, ({ rank }) => rank),
  };
}

export function unpacked({ labels, inserts, details, kinds, ranks }: PackedOffers): Offer[] {
  if (kinds.length === 0) return [];
  const [insert, detail] = [inserts.split(BETWEEN), details.split(BETWEEN)];
  return labels.split(BETWEEN).map((label, at) => ({
    label,
    kind: KINDS[kinds[at] ?? 0] ?? "text",
    insert: insert[at] || label,
    detail: detail[at] ?? "",
    rank: ranks[at] ?? 0,
  }));
}

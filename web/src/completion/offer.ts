import { quoteIdentifier } from "~/run/quote";
import { Shortlist } from "~/ui/shortlist";
import { beginsWith, bestOf, type Fits } from "./match";
import type { Names } from "./names";

/** What kind of thing is offered: it chooses the icon. */
export type OfferKind =
  | "column"
  | "relation"
  | "schema"
  | "function"
  | "keyword"
  | "join"
  | "snippet"
  | "alias"
  | "text"
  | "type"
  | "parameter"
  | "role";

/** Something to put in. */
export interface Offer {
  readonly label: string;
  readonly kind: OfferKind;
  /** What is put in, where it is not the label. `${}` marks places to fill in a snippet. */
  readonly insert: string;
  /** Faint, behind the label: a type, a schema. */
  readonly detail: string;
  /** Higher comes first. */
  readonly rank: number;
}

export interface Offers {
  /** From where on the typed text is replaced. */
  readonly from: number;
  readonly to: number;
  readonly offers: readonly Offer[];
}

/** The best of what fits. */
export interface BestOffers extends Offers {
  /** What was typed of a name. */
  readonly prefix: string;
  /** Whether nothing more fits. */
  readonly whole: boolean;
}

/** What was typed of a name. */
export interface Typed {
  readonly prefix: string;
  readonly fits: Fits;
  /** How many are wanted. */
  readonly limit: number;
}

/** More help nobody, and cost time to draw. */
export const MAX_OFFERS = 200;
/** So many can be looked through between a key and the next frame. */
export const MAX_CANDIDATES = 20_000;

export const RANK = {
  value: 100,
  join: 90,
  column: 70,
  alias: 60,
  relation: 50,
  type: 50,
  parameter: 50,
  role: 50,
  cte: 65,
  function: 30,
  schema: 25,
  keyword: 20,
  snippet: 15,
};

/**
 * What schemas have: those of the search path as it is, and once something is typed the others' too, behind them and
 * qualified; `always` leaves them out never.
 */
export function everywhere(
  { searchPath, schemaNames }: Names,
  { prefix }: Typed,
  offersIn: (schema: string) => readonly Offer[],
  always = false,
): Offer[] {
  const others = prefix === "" && !always ? [] : schemaNames.filter((name) => !searchPath.includes(name));
  const qualified = (schema: string, offer: Offer): Offer => ({
    ...offer,
    insert: `${quoteIdentifier(schema)}.${offer.insert}`,
    detail: `${schema}, ${offer.detail}`,
    rank: offer.rank - 2,
  });
  return [
    ...searchPath.flatMap(offersIn),
    ...others.flatMap((schema) => offersIn(schema).map((offer) => qualified(schema, offer))),
  ];
}

/** Whether a schema is PostgreSQL's own. */
export function isSystem(schema: string): boolean {
  return schema === "pg_catalog" || schema === "information_schema";
}

/** Those of one rank whose names fit. */
export function named<Named extends { readonly name: string }>(
  all: readonly Named[],
  { prefix, fits, limit }: Typed,
): Named[] {
  return bestOf(all, ({ name }) => name, prefix, fits, limit);
}

/** The best, each once: what begins as it was typed comes first. */
export function ordered(offers: readonly Offer[], { prefix, limit }: Typed): Offer[] {
  const best = new Shortlist<{ offer: Offer; rank: number }>(
    limit,
    (a, b) => b.rank - a.rank || byLabel(a.offer, b.offer),
  );
  const seen = new Set<string>();
  for (const offer of offers) {
    const { kind, label, insert, detail } = offer;
    const key = `${kind} ${label} ${insert} ${kind === "function" ? detail : ""}`;
    if (seen.has(key)) continue;
    seen.add(key);
    best.offer({ offer, rank: offer.rank + (beginsWith(label, prefix) ? 1000 : 0) });
  }
  return best.take().map(({ offer }) => offer);
}

/** The order of offers whatever was typed. */
export function byRank(a: Offer, b: Offer): number {
  return b.rank - a.rank || byLabel(a, b);
}

function byLabel(a: Offer, b: Offer): number {
  return a.label < b.label ? -1 : a.label > b.label ? 1 : 0;
}

import type { KnownRelation, SchemaHead } from "./catalogue";
import type { SessionPath } from "./names";
import type { BestOffers } from "./offer";
import type { Strings } from "~/editor/strings";
import type { FoundName, NameFilter } from "./find";
import type { PackedOffers } from "./packedOffers";

/** A place of a statement that somebody writes. */
export interface StatementPlace {
  readonly statement: string;
  readonly position: number;
  /** How the session reads strings. */
  readonly strings: Strings;
  /** The search path of the session; null while it is the one that sessions begin with. */
  readonly path: SessionPath | null;
}

/** What the page asks of the worker. */
export type Request =
  /** The schemas of a database as they are now. */
  | { readonly type: "update"; readonly database: string; readonly heads: readonly SchemaHead[] }
  | {
      readonly type: "fill";
      readonly database: string;
      readonly heads: readonly SchemaHead[];
      readonly objects: readonly (readonly unknown[])[];
    }
  /** What all databases of the server share; `tag` says which state of it. */
  | {
      readonly type: "fillServer";
      readonly database: string;
      readonly objects: readonly (readonly unknown[])[];
      readonly tag: string | null;
    }
  | ({ readonly type: "complete"; readonly database: string } & StatementPlace)
  /** All that fits there, so that the page itself can tell what of it still fits when one types on. */
  | ({ readonly type: "candidates"; readonly database: string } & StatementPlace)
  /** The names that answer to what a person typed. */
  | {
      readonly type: "find";
      readonly database: string;
      readonly query: string;
      readonly filter: NameFilter;
      readonly limit: number;
    }
  /** The relation that is named at a place of a statement. */
  | ({ readonly type: "relation"; readonly database: string } & StatementPlace);

/** The worker's answer to each kind of request. */
export interface Answers {
  /** Schemas whose objects are not known, or not any more, and which state of the server is known. */
  update: { readonly schemas: readonly SchemaHead[]; readonly serverTag: string | null };
  fill: null;
  fillServer: null;
  complete: BestOffers | null;
  /** None where there are too many. */
  candidates: PackedOffers | null;
  find: readonly FoundName[];
  relation: NamedRelation | null;
}

/** A relation, and where it is named. */
export interface NamedRelation {
  readonly relation: KnownRelation;
  readonly from: number;
  readonly to: number;
}

export type AnswerOf<Kind extends Request["type"]> = Answers[Kind];

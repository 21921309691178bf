import { quoteIdentifier } from "~/run/quote";
import type { KnownType } from "./catalogue";
import type { Names } from "./names";
import { everywhere, isSystem, named, type Offer, RANK, type Typed } from "./offer";

/** PostgreSQL's types by the names that people write, those that are written most first. */
const COMMON: readonly (readonly [label: string, detail: string, insert?: string])[] = [
  ["text", "text of any length"],
  ["integer", "4 bytes"],
  ["bigint", "8 bytes"],
  ["boolean", "true or false"],
  ["timestamptz", "time with its zone"],
  ["date", "a day"],
  ["numeric", "exact, of any size"],
  ["numeric(precision, scale)", "exact, to so many digits", "numeric(${precision}, ${scale})"],
  ["jsonb", "JSON, taken apart"],
  ["uuid", "16 bytes"],
  ["varchar(n)", "text up to a length", "varchar(${n})"],
  ["double precision", "8 bytes, inexact"],
  ["timestamp", "time without its zone"],
  ["interval", "a span of time"],
  ["bytea", "bytes"],
  ["smallint", "2 bytes"],
  ["real", "4 bytes, inexact"],
  ["json", "JSON as it is written"],
  ["time", "time of a day"],
  ["timestamp with time zone", "timestamptz"],
  ["timestamp without time zone", "timestamp"],
  ["timetz", "time of a day with its zone"],
  ["character varying(n)", "varchar(n)", "character varying(${n})"],
  ["varchar", "text of any length"],
  ["char(n)", "text of one length, padded", "char(${n})"],
  ["bit(n)", "bits", "bit(${n})"],
  ["bit varying(n)", "bits up to a length", "bit varying(${n})"],
  ["inet", "address of a host"],
  ["cidr", "network"],
  ["xml", "XML"],
  ["tsvector", "words to search"],
  ["tsquery", "search for words"],
  ["regclass", "relation by name"],
];
/** Only where a column is made. */
const COUNTING: typeof COMMON = [
  ["bigserial", "8 bytes that count up"],
  ["serial", "4 bytes that count up"],
];
const COMMON_LABELS = new Set(COMMON.map(([label]) => label));

const KINDS: Readonly<Record<string, string>> = {
  e: "enum",
  d: "domain",
  c: "composite",
  r: "range",
  m: "multirange",
};

/** Types of the database and PostgreSQL's; `ofColumn` where a column is made. */
export function types(names: Names, typed: Typed, ofColumn: boolean): Offer[] {
  const written = ofColumn ? [...COMMON, ...COUNTING] : COMMON;
  return [
    ...written.map(([label, detail, insert], place): Offer => ({
      label,
      kind: "type",
      insert: insert ?? label,
      detail,
      rank: RANK.type - 1 - place / 1000,
    })),
    ...everywhere(names, typed, (schema) => typesIn(schema, names, typed), true),
  ];
}

/** Types of a schema. */
export function typesIn(schema: string, names: Names, typed: Typed): Offer[] {
  const all = names.typesIn(schema);
  const known = isSystem(schema) ? all.filter(({ name }) => !COMMON_LABELS.has(name)) : all;
  return named(known, typed).map((type): Offer => ({
    label: type.name,
    kind: "type",
    insert: quoteIdentifier(type.name),
    detail: detailOf(type),
    // Of PostgreSQL's many hardly one is meant that is not common.
    rank: RANK.type - (isSystem(schema) ? 20 : 0),
  }));
}

function detailOf({ kind, base, labels }: KnownType): string {
  const words = KINDS[kind] ?? "type";
  if (base !== null) return `${words}, ${base}`;
  return labels.length > 0
    ? `${words}: ${labels.slice(0, 4).join(", ")}${labels.length > 4 ? ", …" : ""}`
    : words;
}

/** How values of a type are shown. */
export type ColumnKind = "number" | "json" | "text";

/** `pg_type.oid` of the built-in types that are not plain text to the eye; these never change between versions. */
const NUMBERS = new Set([
  20, // bigint
  21, // smallint
  23, // integer
  26, // oid
  28, // xid
  29, // cid
  700, // real
  701, // double precision
  790, // money
  1700, // numeric
  5069, // xid8
]);
const JSON_TYPES = new Set([
  114, // json
  3802, // jsonb
]);

export function columnKind(typeOid: number): ColumnKind {
  if (NUMBERS.has(typeOid)) return "number";
  return JSON_TYPES.has(typeOid) ? "json" : "text";
}

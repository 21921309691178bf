/** How values of a type are shown. */
export type ColumnKind = "number" | "json" | "text";

/** What the text of a value means to a format with types of its own, as the server's downloads have it. */
export type Meaning = "number" | "boolean" | "json" | "text";

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
/** Numbers to the eye that are written with more than digits, or are no amounts. */
const NOT_AMOUNTS = new Set([28, 29, 790, 5069]);
const BOOLEAN = 16;
/** Built-in array types by the type of their elements. */
const ARRAYS = new Map<number, Meaning>([
  [1000, "boolean"], // boolean[]
  [1005, "number"], // smallint[]
  [1007, "number"], // integer[]
  [1016, "number"], // bigint[]
  [1021, "number"], // real[]
  [1022, "number"], // double precision[]
  [1028, "number"], // oid[]
  [1231, "number"], // numeric[]
  [199, "json"], // json[]
  [3807, "json"], // jsonb[]
  ...[
    1001, 1002, 1003, 1009, 1014, 1015, 1017, 1040, 1041, 1115, 1182, 1183, 1185, 1187, 1270, 1561, 1563,
    2951, 143, 719, 1018, 1019, 1027, 629, 651, 791, 3643, 3645, 3735, 3905, 3907, 3909, 3911, 3913, 3927,
  ].map((oid): [number, Meaning] => [oid, "text"]),
]);

export function columnKind(typeOid: number): ColumnKind {
  if (NUMBERS.has(typeOid)) return "number";
  return JSON_TYPES.has(typeOid) ? "json" : "text";
}

export function meaningOf(typeOid: number): Meaning {
  if (typeOid === BOOLEAN) return "boolean";
  const kind = columnKind(typeOid);
  return kind === "number" && NOT_AMOUNTS.has(typeOid) ? "text" : kind;
}

/** What the elements of a built-in array mean; null for what is no array. */
export function elementOf(typeOid: number): Meaning | null {
  return ARRAYS.get(typeOid) ?? null;
}

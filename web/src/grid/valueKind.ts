import { columnKind } from "./columnKind";

/** What values of a type are to each other: how they are put in order, and what can be told of several. */
export type ValueKind =
  | "number"
  | "money"
  | "interval"
  | "instant"
  | "zoned_time"
  | "address"
  | "location"
  | "text"
  /** In order as text; nothing else can be told of them. */
  | "none";

/** `pg_type.oid` of built-in types. */
const KINDS = new Map<number, ValueKind>([
  [18, "text"], // "char"
  [19, "text"], // name
  [25, "text"], // text
  [27, "location"], // tid
  [650, "address"], // cidr
  [790, "money"], // money
  [869, "address"], // inet
  [1042, "text"], // character
  [1043, "text"], // character varying
  [1082, "instant"], // date
  [1083, "text"], // time: in order as it is written
  [1114, "instant"], // timestamp
  [1184, "instant"], // timestamp with time zone
  [1186, "interval"], // interval
  [1266, "zoned_time"], // time with time zone
  [2950, "text"], // uuid
  [3220, "location"], // pg_lsn
]);

export function valueKind(typeOid: number): ValueKind {
  return KINDS.get(typeOid) ?? (columnKind(typeOid) === "number" ? "number" : "none");
}

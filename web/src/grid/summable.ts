import { columnKind } from "./columnKind";

/** What can be told of several values: a sum, an order, both or neither. */
export type Summable = "number" | "interval" | "instant" | "text" | "none";

/** `pg_type.oid` of built-in types. */
const KINDS = new Map<number, Summable>([
  [18, "text"], // "char"
  [19, "text"], // name
  [25, "text"], // text
  [1042, "text"], // character
  [1043, "text"], // character varying
  [1082, "instant"], // date
  [1083, "text"], // time: in order as it is written
  [1114, "instant"], // timestamp
  [1184, "instant"], // timestamp with time zone
  [1186, "interval"], // interval
  [2950, "text"], // uuid
]);

export function summable(typeOid: number): Summable {
  return KINDS.get(typeOid) ?? (columnKind(typeOid) === "number" ? "number" : "none");
}

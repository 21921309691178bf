import { columnKind, elementOf, meaningOf } from "./columnKind";
import type { GridColumnView } from "./columns";
import { valueKind } from "./valueKind";

/** A column as a result brings it. */
export function columnOf(name: string, type: string, oid: number): GridColumnView {
  return {
    name,
    type,
    kind: columnKind(oid),
    valueKind: valueKind(oid),
    meaning: meaningOf(oid),
    element: elementOf(oid),
    isKey: false,
  };
}

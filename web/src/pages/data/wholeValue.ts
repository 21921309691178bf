import { useEffect, useState } from "react";

import { fetchValue } from "~/api/tableData";
import { problemFrom } from "~/api/problem";
import { withCredential } from "~/app/connect";
import type { Tab } from "~/app/tabs";
import type { CellPlace } from "~/grid/ResultGrid";
import { fileKind, readBytes } from "~/grid/viewers/bytes";
import { downloadValue } from "~/pages/query/download";
import { item } from "~/run/item";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";
import { toast } from "~/ui/toast";
import type { Display } from "./display";
import { keyColumns, tableName } from "./rowsSql";
import { readRow, type TableRows } from "./tableRows";

/** Longer values are not fetched to be looked at or edited in the page. */
export const MOST_CHARACTERS = 20 << 20;

/** A value of which the grid may have only the beginning. */
export type WholeValue =
  /** It is in the grid. */
  | { readonly kind: "here" }
  | { readonly kind: "fetching"; readonly bytes: number }
  | { readonly kind: "whole"; readonly text: string }
  | { readonly kind: "failed"; readonly bytes: number; readonly words: string };

const HERE: WholeValue = { kind: "here" };
const BYTEA = 17;

/** Fetches the whole of a value that was cut, once it is wanted. */
export function useWholeValue(tab: Tab, rows: TableRows, display: Display, at: CellPlace | null): WholeValue {
  const { serverId, database } = tab;
  const isThere = at !== null && at.row < display.rowCount && at.column < display.columns.length;
  const isRead = isThere && display.stagedValue(at.row, at.column) === null;
  const cell = isRead ? display.readCell(at.row, at.column) : null;
  const bytes = cell?.kind === "cut" ? cell.fullBytes : null;
  const sql = bytes === null || !at ? null : valueSql(rows, display, at, "text");
  const [found, setFound] = useState<{ sql: string; value: WholeValue } | null>(null);
  const isTooLong = bytes !== null && bytes > MOST_CHARACTERS;
  useEffect(() => {
    if (sql === null || bytes === null || isTooLong) return;
    const left = new AbortController();
    const place = { serverId: serverId ?? "", database: database ?? "" };
    withCredential(place.serverId, () => fetchValue(place, sql, left.signal)).then(
      (text) => setFound({ sql, value: { kind: "whole", text } }),
      (thrown: unknown) => {
        if (left.signal.aborted) return;
        setFound({ sql, value: { kind: "failed", bytes, words: problemFrom(thrown).detail } });
      },
    );
    return () => left.abort();
  }, [serverId, database, sql, bytes, isTooLong]);
  if (bytes === null) return HERE;
  if (sql === null) {
    return {
      kind: "failed",
      bytes,
      words: "Nothing tells this row from others, so its value cannot be fetched.",
    };
  }
  if (isTooLong) return { kind: "failed", bytes, words: "It is too long to be shown here. Download it." };
  return found?.sql === sql ? found.value : { kind: "fetching", bytes };
}

/** Saves a value as it is, however long: bytes of `bytea`, and the text of everything else. */
export function downloadWhole(tab: Tab, rows: TableRows, display: Display, at: CellPlace): void {
  const column = item(display.columns, at.column);
  const sql = valueSql(rows, display, at, "file");
  if (sql === null) {
    return toast({
      tone: "info",
      text: "Nothing tells this row from others, so its value cannot be fetched.",
    });
  }
  const shown = display.row(at.row);
  const key = shown.kind === "read" ? Object.values(readRow(rows, display.shape, shown.index).key) : [];
  const name = [display.shape.name, column.name, ...key].join("-").slice(0, 80);
  downloadValue(tab, sql, `${name}.${endingOf(display, at)}`);
}

function endingOf(display: Display, at: CellPlace): string {
  const column = item(display.columns, at.column);
  const cell = display.readCell(at.row, at.column);
  if (column.base_type_oid === BYTEA) {
    // The beginning is enough to tell what it is.
    const digits = cell.kind === "null" ? "" : cell.text.slice(0, 66);
    return fileKind(readBytes(digits) ?? new Uint8Array()).ending;
  }
  if (column.type_name.startsWith("json")) return "json";
  return column.type_name === "xml" ? "xml" : "txt";
}

/** The query for one value; null where nothing tells its row from others. */
function valueSql(rows: TableRows, display: Display, at: CellPlace, as: "text" | "file"): string | null {
  const shown = display.row(at.row);
  if (shown.kind !== "read") return null;
  const { shape } = display;
  const column = item(display.columns, at.column);
  const name = quoteIdentifier(column.name);
  const { key } = readRow(rows, shape, shown.index);
  const conditions = keyColumns(shape).map(
    (part) => `${quoteIdentifier(part)} = ${quoteLiteral(key[part] ?? "")}`,
  );
  const place = rows.placeInTable(shown.index);
  if (conditions.length === 0 && place !== null) conditions.push(`ctid = ${quoteLiteral(place)}::tid`);
  if (conditions.length === 0) return null;
  const isBytes = column.base_type_oid === BYTEA;
  const value =
    isBytes && as === "text" ? `'\\x' || encode(${name}, 'hex')` : isBytes ? `${name}::bytea` : name;
  return `select ${value}\nfrom ${tableName(shape)}\nwhere ${conditions.join(" and ")}`;
}

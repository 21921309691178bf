import { describe, expect, it } from "vitest";

import type { TableColumn } from "~/api/types";
import type { ResultColumn } from "~/run/protocol";
import type { Cell } from "~/run/rowStore";
import { filtersFor, tableOfColumn } from "./rowsInTable";

const ORDERS = 7;
const LINES = 8;

/** A column of a result, and where it comes from. */
function from(table: number, number: number): ResultColumn {
  return {
    name: "c",
    type_oid: 25,
    type_name: "text",
    type_modifier: -1,
    table_oid: table,
    attribute_number: number,
  };
}

function shape(name: string, oid: number, ...keys: string[][]) {
  const columns = ["order_id", "line", "note"].map((name, at) => ({ name, number: at + 1 }) as TableColumn);
  return { oid, name, columns, keys: keys.map((columns) => ({ name: "key", columns })) };
}

/** Rows of texts; null: NULL. */
function cells(...rows: (string | null)[][]) {
  return {
    cell(row: number, column: number): Cell {
      const text = rows[row]?.[column];
      return text == null ? { kind: "null" } : { kind: "text", text };
    },
  };
}

describe("the rows of a result in their table", () => {
  const joined = [from(ORDERS, 1), from(LINES, 1), from(LINES, 2), from(0, 0)];

  it("are those of the column's table, and of the only table where a value was calculated", () => {
    expect([0, 1, 2, 3].map((column) => tableOfColumn(joined, column))).toEqual([ORDERS, LINES, LINES, null]);
    expect(tableOfColumn([from(ORDERS, 1), from(0, 0)], 1)).toBe(ORDERS);
    expect(tableOfColumn([from(0, 0)], 0)).toBeNull();
  });

  it("are told by a key that the result has, whatever its columns are called there", () => {
    const orders = shape("orders", ORDERS, ["note"], ["order_id"]);
    expect(filtersFor(orders, joined, cells(["4", "4", "1", "x"]), [0])).toEqual([
      { column: "order_id", operator: "is", value: "4" },
    ]);
    const lines = shape("lines", LINES, ["order_id", "line"]);
    expect(filtersFor(lines, joined, cells(["4", "4", "1", "x"]), [0])).toEqual([
      { column: "order_id", operator: "is", value: "4" },
      { column: "line", operator: "is", value: "1" },
    ]);
  });

  it("are several where one column tells them, each once", () => {
    const orders = shape("orders", ORDERS, ["order_id"]);
    const rows = cells(["4"], ['a, "b"'], ["4"], [""]);
    expect(filtersFor(orders, joined, rows, [0, 1, 2, 3])).toEqual([
      { column: "order_id", operator: "any_of", value: '4, "a, ""b""", ""' },
    ]);
    expect(filtersFor(orders, joined, rows, [3])).toEqual([
      { column: "order_id", operator: "is", value: "" },
    ]);
  });

  it("are not opened where they could not be found again, which says why", () => {
    const words = (shown: ReturnType<typeof shape>, rows: (string | null)[][], columns = joined) =>
      filtersFor(shown, columns, cells(...rows), [...rows.keys()]);
    expect(words(shape("log", ORDERS), [["4"]])).toMatch(/^Nothing tells the rows of log apart/);
    expect(words(shape("orders", ORDERS, ["line", "note"]), [["4"]])).toMatch(
      /by line, note, which this result/,
    );
    expect(words(shape("orders", ORDERS, ["order_id"]), [[null]])).toBe("There is no row of orders here.");
    const lines = shape("lines", LINES, ["order_id", "line"]);
    expect(
      words(lines, [
        ["", "4", "1"],
        ["", "4", "2"],
      ]),
    ).toMatch(/one row at a time/);
    const many = Array.from({ length: 501 }, (_, at) => [`${at}`]);
    expect(words(shape("orders", ORDERS, ["order_id"]), many)).toMatch(/^These are more than 500 rows/);
  });
});

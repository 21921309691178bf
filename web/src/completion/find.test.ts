import { describe, expect, it } from "vitest";
import { Catalogue } from "./catalogue";
import { findNames, type NameFilter } from "./find";

const heads = [
  { oid: 10, name: "shop", version: "1", search_place: 2 },
  { oid: 11, name: "pg_catalog", version: "1", search_place: 1 },
];
const columns = [
  ["id", "bigint", true],
  ["order_date", "date", false],
];

function filled(objects: unknown[][]): Catalogue {
  const catalogue = new Catalogue();
  catalogue.fill(catalogue.update(heads), objects);
  return catalogue;
}

const small = filled([
  ["relation", 1, 10, "orders", "r", columns],
  ["relation", 2, 10, "order_items", "p", columns],
  ["relation", 3, 10, "open_orders", "v", columns],
  ["relation", 4, 11, "pg_order", "r", []],
  ["function", 10, "ship_order", "f", "bigint", "boolean", 5],
  ["function", 10, "order_day", "p", "", null, 6],
]);

describe("names of a database", () => {
  const found = (query: string, filter: NameFilter = "all", limit = 10) =>
    findNames(small, query, filter, limit).map(({ title }) => title);

  it("are found in all schemas, the best first, PostgreSQL's own when they are meant", () => {
    expect(found("ord")).toEqual([
      "orders",
      "order_items",
      "open_orders",
      "order_day()",
      "ship_order(bigint)",
      "open_orders.order_date",
      "order_items.order_date",
      "orders.order_date",
    ]);
    expect(found("pg_o")).toEqual(["pg_order"]);
    expect(found("oi")).toEqual(["order_items"]);
    expect(found("ord", "all", 2)).toEqual(["orders", "order_items"]);
  });

  it("are of the kind that is asked for", () => {
    expect(found("ord", "views")).toEqual(["open_orders"]);
    expect(found("ord", "functions")).toEqual(["order_day()", "ship_order(bigint)"]);
    expect(found("date", "columns")).toEqual([
      "open_orders.order_date",
      "order_items.order_date",
      "orders.order_date",
    ]);
  });

  it("are found with their schema, and know their address", () => {
    expect(found("shop.ship")).toEqual(["ship_order(bigint)"]);
    const [first] = findNames(small, "shop.orders", "all", 1);
    expect(first).toMatchObject({ address: "pg_class/1", kind: "table", at: [0, 1, 2, 3, 4, 5] });
  });

  it("are found among ten thousand before the next key", () => {
    const many = filled(
      Array.from({ length: 10_000 }, (_, index) => [
        "relation",
        index,
        10,
        `table_${index}_of_many`,
        "r",
        columns,
      ]),
    );
    // The best of some: what else the machine does is not measured.
    const took = Array.from({ length: 5 }, () => {
      const began = performance.now();
      expect(findNames(many, "t99m", "all", 12)).toHaveLength(12);
      return performance.now() - began;
    });
    expect(Math.min(...took)).toBeLessThan(100);
  });
});

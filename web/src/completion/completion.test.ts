import { beforeEach, describe, expect, it } from "vitest";

import type { Strings } from "~/editor/strings";
import { relationAt } from "./answer";
import { Catalogue } from "./catalogue";
import { complete } from "./complete";
import { fitting } from "./match";
import { Names } from "./names";
import type { Offer } from "./offer";

const HEADS = [
  { oid: 11, name: "pg_catalog", version: "1", search_place: 1 },
  { oid: 20, name: "shop", version: "1", search_place: 2 },
  { oid: 30, name: "Odd one", version: "1" },
];
const column = (name: string, type = "integer") => [name, type, false];
const OBJECTS = [
  ["relation", 1, 20, "orders", "r", [column("id"), column("customer_id"), column("placed_at", "date")]],
  ["relation", 2, 20, "customers", "r", [column("id"), column("email", "text"), column("Home Town", "text")]],
  ["relation", 3, 20, "order_items", "r", [column("order_id"), column("sku", "text")]],
  ["relation", 4, 30, "far", "v", [column("x")]],
  ["function", 11, "lower", "f", "text", "text"],
  ["function", 30, "Far off", "f", "integer", "text"],
  ["function", 11, "now", "f", "", "timestamp with time zone"],
  ["foreign_key", 1, ["customer_id"], 2, ["id"]],
  ["foreign_key", 3, ["order_id"], 1, ["id"]],
  ["something", "new"],
];

let catalogue: Catalogue;

beforeEach(() => {
  catalogue = new Catalogue();
  catalogue.fill(catalogue.update(HEADS), OBJECTS);
});

/** What is offered at the `|` of a statement. */
function offersAt(sql: string, strings: Strings = "standard"): readonly Offer[] {
  const position = sql.indexOf("|");
  const text = sql.replace("|", "");
  return (
    complete(text, { start: 0, end: text.length }, position, new Names(catalogue), strings)?.offers ?? []
  );
}

const labels = (sql: string, kind?: Offer["kind"]) =>
  offersAt(sql)
    .filter((offer) => kind === undefined || offer.kind === kind)
    .map(({ label }) => label);
const inserts = (sql: string, kind: Offer["kind"]) =>
  offersAt(sql)
    .filter((offer) => offer.kind === kind)
    .map(({ insert }) => insert);

describe("columns", () => {
  it.each([
    ["select | from orders", ["id", "customer_id", "placed_at"]],
    ["select o.| from orders o", ["id", "customer_id", "placed_at"]],
    ["select o.c| from shop.orders as o", ["customer_id"]],
    ["select shop.orders.p| from shop.orders", ["placed_at"]],
    ["select * from orders where pl|", ["placed_at"]],
    ["update orders set |", ["id", "customer_id", "placed_at"]],
    ["insert into orders (id, c|", ["customer_id"]],
    ["insert into orders (id, |", ["customer_id", "placed_at"]],
    ["create index on shop.orders (|", ["id", "customer_id", "placed_at"]],
    ["create index on orders using btree (lower(id), p|", ["placed_at"]],
    ["create index on orders (lower((pl|", ["placed_at"]],
    ["alter table orders drop column |", ["id", "customer_id", "placed_at"]],
    ["alter table only shop.orders alter p|", ["placed_at"]],
    ["alter table if exists orders rename column c|", ["customer_id"]],
    ["alter table orders add constraint k foreign key (c|", ["customer_id"]],
    [
      "alter table orders add constraint k foreign key (customer_id) references customers (|",
      ["id", "email", "Home Town"],
    ],
    ["alter table orders add column |", []],
    ["create table t (a integer references shop.orders (pl|", ["placed_at"]],
    ["copy orders (id, |", ["id", "customer_id", "placed_at"]],
    ["insert into orders |", []],
    ["insert into orders (id) values (|", []],
    ["insert into orders values (1, 2, (select em| from customers)", ["email"]],
    ["delete from orders using customers c where c.e|", ["email"]],
    ["with late as (select id, placed_at as at from orders) select | from late", ["id", "at"]],
    ["with late (a, b) as (select 1, 2) select l.| from late l", ["a", "b"]],
    ["select s.| from (select email, count(*) from customers group by 1) s", ["email", "count"]],
    ["select * from orders o where exists (select 1 from customers c where c.id = o.cu|)", ["customer_id"]],
    ["select email from customers union select | from orders", ["id", "customer_id", "placed_at"]],
    ["select s.| from (select o.* from orders o) s", ["id", "customer_id", "placed_at"]],
  ])("in %j", (sql, expected) => {
    expect(labels(sql, "column")).toEqual(expected);
  });

  it("of the query itself come before those around it", () => {
    expect(labels("select * from orders o where exists (select | from customers c)", "column")).toEqual([
      ...["id", "email", "Home Town", "id", "customer_id", "placed_at"],
    ]);
  });

  it("of an INSERT are offered as a whole, with places for their values", () => {
    expect(inserts("insert into orders (|", "snippet")).toEqual(["id, customer_id, placed_at"]);
    expect(inserts("insert into shop.orders |", "snippet")).toEqual([
      "(id, customer_id, placed_at)\nvalues (${id}, ${customer_id}, ${placed_at})",
    ]);
  });

  it("are quoted where they must be, and named with their source where two are alike", () => {
    expect(inserts("select ho| from customers", "column")).toEqual(['"Home Town"']);
    expect(inserts("select i| from orders o, customers c", "column")).toEqual([
      "o.id",
      "c.id",
      "customer_id",
    ]);
  });
});

describe("relations", () => {
  it.each([
    ["select * from |", ["customers", "order_items", "orders", "far"]],
    ["select * from ord|", ["order_items", "orders"]],
    ["select * from oi|", ["order_items"]],
    ["select * from shop.c|", ["customers"]],
    ['select * from "Odd one".|', ["far"]],
    ["with late as (select 1) select * from l|", ["late"]],
    ["select * from orders o, c|", ["customers"]],
    ["truncate cu|", ["customers"]],
  ])("in %j", (sql, expected) => {
    expect(labels(sql, "relation")).toEqual(expected);
  });

  it("of other schemas are qualified", () => {
    expect(inserts("select * from fa|", "relation")).toEqual(['"Odd one".far']);
  });
});

describe("joins", () => {
  it("are offered whole, along foreign keys in both directions", () => {
    expect(inserts("select * from orders o join |", "join")).toEqual([
      "customers c on c.id = o.customer_id",
      "order_items oi on oi.order_id = o.id",
    ]);
    expect(inserts("select * from customers c join orders o on |", "join")).toEqual(["o.customer_id = c.id"]);
  });
});

describe("what is offered", () => {
  it("has functions of other schemas with their schema, once something is typed", () => {
    expect(inserts("select far|", "function")).toEqual(['"Odd one"."Far off"(${})']);
    expect(labels("select |", "function")).not.toContain("Far off");
  });

  it("has functions with what they take and bring", () => {
    expect(offersAt("select lo|").find(({ kind }) => kind === "function")).toMatchObject({
      label: "lower",
      insert: "lower(${})",
      detail: "(text) → text",
    });
    expect(inserts("select now|", "function")).toEqual(["now()"]);
  });

  it("begins a statement with key words and snippets", () => {
    expect(labels("sel|")).toEqual(["select", "select from"]);
  });

  it.each(["select 'fr|'", "select 12|", "select 1 -- fr|", "select $$ fr| $$", "select E'a\\'fr|'"])(
    "is nothing in %j",
    (sql) => {
      expect(offersAt(sql)).toEqual([]);
    },
  );

  it.each([
    "",
    "|",
    "((|",
    ")|)",
    "with |",
    "with a as (|",
    "select * from (((|",
    "from from join |",
    "a.b.c.|",
  ])("does not stumble over %j", (sql) => {
    expect(() => offersAt(sql.includes("|") ? sql : `${sql}|`)).not.toThrow();
  });
});

describe("the names of a database", () => {
  it("are asked for again only where a schema has changed", () => {
    expect(catalogue.update(HEADS)).toEqual([]);
    const changed = HEADS.map((head) => (head.name === "shop" ? { ...head, version: "2" } : head));
    expect(catalogue.update(changed).map(({ name }) => name)).toEqual(["shop"]);
    catalogue.fill(
      changed.filter(({ name }) => name === "shop"),
      [["relation", 9, 20, "renamed", "r", []]],
    );
    expect(labels("select * from |", "relation")).toEqual(["renamed", "far"]);
  });

  it("forget a schema that is gone", () => {
    expect(catalogue.update(HEADS.slice(0, 2))).toEqual([]);
    expect(labels("select * from |", "schema")).not.toContain("Odd one");
  });

  it("answer within the time of a key press among 10,000 tables", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => [
      ...["relation", 1000 + index, 20, `table_${index}`, "r"],
      Array.from({ length: 10 }, (_column, at) => column(`column_${at}`)),
    ]);
    catalogue.fill([{ oid: 20, name: "shop", version: "3", search_place: 2 }], many);
    expect(labels("select * from table_99|", "relation")).toContain("table_9999");
    expect(labels("select column_| from table_77", "column")).toHaveLength(10);
  });
});

it("offers names outside of strings, as the session reads them", () => {
  const offered = (strings: Strings) =>
    offersAt("select 'it\\'s', c| from orders where x = 'a'", strings).some(({ kind }) => kind === "column");
  expect(offered("escaping")).toBe(true);
  expect(offered("standard")).toBe(false);
});

describe("the relation at a place", () => {
  const at = (sql: string) => {
    const found = relationAt(
      { statement: sql.replace("|", ""), position: sql.indexOf("|"), strings: "standard", path: null },
      new Names(catalogue),
    );
    return found && `${found.relation.schema}.${found.relation.name} ${found.from}-${found.to}`;
  };

  it.each([
    ["select * from ord|ers", "shop.orders 14-20"],
    ["select * from shop.ord|ers", "shop.orders 14-25"],
    ["select o|.id from customers o", "shop.customers 7-8"],
    ["select 1|", null],
  ])("of %j is %j", (sql, expected) => {
    expect(at(sql)).toBe(expected);
  });
});

it.each([
  ["order_items", "oi", true],
  ["order_items", "orit", true],
  ["order_items", "items", true],
  ["order_items", "ditem", false],
  ["orders", "", true],
])("%s answers to %j: %s", (name, typed, expected) => {
  expect(fitting(typed)(name)).toBe(expected);
});

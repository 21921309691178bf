import { describe, expect, it } from "vitest";

import { Catalogue } from "./catalogue";
import { complete } from "./complete";
import { Names, type SessionPath } from "./names";
import type { BestOffers, Offer } from "./offer";

const HEADS = [
  { oid: 11, name: "pg_catalog", version: "1", search_place: 1 },
  { oid: 20, name: "shop", version: "1", search_place: 2 },
  { oid: 30, name: "Odd one", version: "1" },
];
const ORDERS = [
  ["id", "bigint", true],
  ["status", "shop.order_status", true],
  ["feeling", 'shop."Feeling"', false],
  ["paid", "boolean", false],
  ["note", "text", false],
];
const OBJECTS = [
  ["relation", 1, 20, "orders", "r", ORDERS],
  ["relation", 2, 30, "moods", "r", [["mood", '"Odd one"."Mood"', false]]],
  ["relation", 3, 30, "orders", "r", [["elsewhere", "integer", false]]],
  ["function", 11, "now", "f", "", "timestamp with time zone", 1],
  ["function", 20, "ship", "p", "orders bigint", null, 2],
  ["function", 30, "ship_far", "p", "", null, 3],
  ["function", 20, "stamp", "f", "", "trigger", 4],
  ["function", 20, "stamped", "f", "bigint", "boolean", 5],
  ["function", 20, "split", "f", "a text, b text DEFAULT ','::text", "TABLE(part text, place integer)", 6],
  ["function", 20, "open_orders", "f", "", "SETOF shop.orders", 7],
  ["function", 20, "counted", "f", "a integer, OUT n bigint", "bigint", 8],
  ["type", 20, "order_status", "e", ["open", "in progress", "it's \\ done"]],
  ["type", 20, "Feeling", "d", '"Odd one"."Mood"'],
  ["type", 30, "Mood", "e", ["fine", "null"]],
  ["type", 20, "address", "c", null],
  ["type", 11, "timestamptz", "b", null],
  ["type", 11, "pg_lsn", "b", null],
];
const SERVER = [
  ["version", 160004],
  ["role", "ada"],
  ["role", "pg_monitor"],
  ["role", "Some one"],
  ["parameter", "work_mem", "user", "integer", null],
  ["parameter", "wal_level", "postmaster", "enum", ["minimal", "replica", "logical"]],
  ["parameter", "block_size", "internal", "integer", null],
  ["parameter", "bytea_output", "user", "enum", ["escape", "hex"]],
  ["parameter", "default_transaction_isolation", "user", "enum", ["serializable", "read committed"]],
  ["parameter", "enable_sort", "user", "bool", null],
  ["parameter", "search_path", "user", "string", null],
  ["parameter", "plpgsql.extra_errors", "user", "string", null],
  ["parameter"],
  ["something", "new"],
];
const catalogue = new Catalogue();
catalogue.fill(catalogue.update(HEADS), OBJECTS);
catalogue.fillServer(SERVER, "1");

function at(sql: string, path: SessionPath | null = null): { found: BestOffers | null; text: string } {
  const text = sql.replace("|", "");
  const names = new Names(catalogue, path);
  return { found: complete(text, { start: 0, end: text.length }, sql.indexOf("|"), names), text };
}

const labels = (sql: string, kind: Offer["kind"], path: SessionPath | null = null) =>
  (at(sql, path).found?.offers ?? []).filter((offer) => offer.kind === kind).map(({ label }) => label);
const inserts = (sql: string, kind: Offer["kind"], path: SessionPath | null = null) =>
  (at(sql, path).found?.offers ?? []).filter((offer) => offer.kind === kind).map(({ insert }) => insert);

/** The statement once the first offer of a kind is taken. */
function taken(sql: string, kind: Offer["kind"]): string | null {
  const { found, text } = at(sql);
  const offer = found?.offers.find((one) => one.kind === kind);
  return found && offer ? text.slice(0, found.from) + offer.insert + text.slice(found.to) : null;
}

describe("values", () => {
  const STATUS = ["open", "in progress", "it's \\ done"];

  it.each([
    ["select * from orders where status = |", STATUS],
    ["select * from orders where status <> |", STATUS],
    ["select * from orders where status = o|", ["open"]],
    ["select * from orders o where o.status in (|", STATUS],
    ["select * from orders o where o.status not in ('open', |", STATUS],
    ["select * from shop.orders where shop.orders.status is distinct from |", STATUS],
    ["select * from orders where status between |", STATUS],
    ["select case status when | end from orders", STATUS],
    ["select case status when 'open' then 1 when | end from orders", STATUS],
    ["select * from orders where status = any (array['open', |", STATUS],
    ["update orders set status = |", STATUS],
    ["update orders set note = 'a', status = | where id = 1", STATUS],
    ["insert into orders values (1, |", STATUS],
    ["insert into orders as o (note, status) values ('a', 'open'), ('b', |", STATUS],
    ["insert into orders (id) values (1) on conflict (id) do update set status = |", STATUS],
    ["with late as (select status as s from orders) select * from late where s = |", STATUS],
    ["select * from orders o where exists (select 1 from pg_class where o.status = |)", STATUS],
    ["select * from orders where feeling = |", ["fine", "null"]],
    ["select * from orders where paid = |", ["true", "false"]],
    ["select * from orders where note = |", []],
    ["select * from orders where lower(status) = |", []],
    ["select * from orders where nothing = |", []],
    ["insert into orders (note, status) values (|", []],
    ["insert into orders (nothing, status) values (|", []],
    ["insert into orders values (coalesce(1, |", []],
    ["select * from orders where id -> |", []],
  ])("in %j", (sql, expected) => {
    expect(labels(sql, "text")).toEqual(expected);
  });

  it.each([
    ["select * from orders where status = op|", "select * from orders where status = 'open'"],
    ["select * from orders where status = 'op|", "select * from orders where status = 'open'"],
    ["select * from orders where status = '|'", "select * from orders where status = 'open'"],
    [
      "select * from orders where status = 'o|pen' and id = 1",
      "select * from orders where status = 'open' and id = 1",
    ],
    // Whatever quote comes next, an open text swallows what is behind it.
    [
      "update orders set status = 'o|, note = 'x' where id = 1",
      "update orders set status = 'open', note = 'x' where id = 1",
    ],
    [
      "select case when status = 'o| then 1 end from orders",
      "select case when status = 'open' then 1 end from orders",
    ],
    [
      "select * from orders where status in ('open', 'in pr|')",
      "select * from orders where status in ('open', 'in progress')",
    ],
    [
      "select * from orders where status = 'it''s|'",
      "select * from orders where status = E'it''s \\\\ done'",
    ],
    ["select * from orders where paid = 't|'", "select * from orders where paid = 'true'"],
    ["select * from orders where paid = t|", "select * from orders where paid = true"],
    ["select * from orders where status = any (|", "select * from orders where status = any ('{open}'"],
    ["select 'in|'::order_status", "select 'in progress'::order_status"],
    ['select \'|\'::"Odd one"."Mood"', 'select \'fine\'::"Odd one"."Mood"'],
    ["insert into orders (status) values ('|')", "insert into orders (status) values ('open')"],
  ])("turn %j into %j", (sql, expected) => {
    expect(taken(sql, "text")).toBe(expected);
  });

  it("of an array are quoted where the array's text wants it", () => {
    expect(inserts("select * from orders where status = any(|", "text")).toEqual([
      "'{open}'",
      "'{\"in progress\"}'",
      "E'{\"it''s \\\\\\\\ done\"}'",
    ]);
    expect(inserts("select * from orders where feeling = any(|", "text")).toEqual([
      "'{fine}'",
      "'{\"null\"}'",
    ]);
  });

  it.each([
    "select * from orders where note = 'o|'",
    "select 'op|'",
    "select * from orders where status = 'open'|",
    "select '|'::text",
    "select * from orders where status = $$o|$$",
    "select * from orders where status = 'none of them|'",
  ])("are nothing in %j", (sql) => {
    expect(at(sql).found?.offers ?? []).toEqual([]);
  });
});

describe("EXPLAIN", () => {
  it("has its options, those of the server's version that are not there yet", () => {
    const offered = labels("explain (analyze, |", "keyword");
    expect(offered).toEqual(expect.arrayContaining(["buffers", "generic_plan", "format"]));
    expect(offered).not.toEqual(expect.arrayContaining(["analyze"]));
    expect(offered).not.toEqual(expect.arrayContaining(["memory"]));
    expect(labels("explain (|", "function")).toEqual([]);
  });

  it.each([
    ["explain (format |", ["json", "text", "xml", "yaml"]],
    ["explain (analyze |", ["off", "on"]],
    ["explain (analyze, costs of|", ["off"]],
    ["explain (nothing |", []],
  ])("has the values of an option: %j", (sql, expected) => {
    expect(labels(sql, "keyword")).toEqual(expected);
  });

  it.each(["explain sel|", "explain analyze sel|", "explain (analyze, buffers) sel|"])(
    "begins anew in %j",
    (sql) => {
      expect(labels(sql, "snippet")).toEqual(["select from"]);
    },
  );

  it("leaves the statement as it is", () => {
    expect(labels("explain analyze select * from |", "relation")).toContain("orders");
    expect(labels("explain (analyze) update orders set |", "column")).toContain("status");
  });
});

describe("what is called", () => {
  it.each([
    ["call |", ["ship", "ship_far"]],
    ["call s|", ["ship", "ship_far"]],
    ['call "Odd one".|', ["ship_far"]],
    ["create trigger t before insert on orders for each row execute function |", ["stamp"]],
    ["create trigger t before insert on orders execute procedure shop.|", ["stamp"]],
    ["select n|", ["nullif", "now"]],
    ["select s|", ["split", "stamped"]],
    ["create trigger t after insert on orders execute function nu|", []],
    ["select shop.|", ["counted", "open_orders", "split", "stamped"]],
  ])("in %j", (sql, expected) => {
    expect(labels(sql, "function")).toEqual(expected);
  });

  it("is a procedure with what it takes", () => {
    expect(at("call shi|").found?.offers[0]).toMatchObject({
      insert: "ship(${})",
      detail: "(orders bigint)",
    });
    expect(inserts("call ship_|", "function")).toEqual(['"Odd one".ship_far()']);
  });
});

describe("types", () => {
  it.each([
    "select id::|",
    "select cast(id as |",
    "alter table orders alter column id type |",
    "alter table orders alter id set data type |",
    "create domain d as |",
    "create function f(a |",
    "create or replace function f(a integer, variadic b |",
    "create function f() returns |",
    "create function f() returns setof |",
    "create function f() returns table (a |",
    "create type t as (a |",
    "select * from json_to_recordset('[]') as t (a |",
    "drop type |",
  ])("stand in %j", (sql) => {
    const offered = labels(sql, "type");
    expect(offered).toEqual(expect.arrayContaining(["address", "order_status", "integer", "jsonb", "Mood"]));
    expect(offered.slice(0, 3)).toEqual(["Feeling", "address", "order_status"]);
    expect(offered.at(-1)).toBe("pg_lsn");
    expect(offered.filter((label) => label === "timestamptz")).toHaveLength(1);
    expect(offered).not.toContain("bigserial");
  });

  it.each([
    "create table t (a |",
    "create table if not exists shop.t (a integer, b |",
    "create unlogged table t (a numeric(3, 2), b |",
    "alter table orders add column a |",
    "alter table orders add column if not exists a |",
    "alter table orders add a |",
  ])("of a column in %j", (sql) => {
    expect(labels(sql, "type")).toEqual(expect.arrayContaining(["order_status", "bigserial"]));
  });

  it.each([
    "create table t (|",
    "create table t (constraint |",
    "create table t (a integer not null, primary |",
    "create table t (a integer |",
    "create table t as select a |",
    "create table t (a int check (a |",
    "insert into orders (id |",
    "select count(id |",
    "select id as |",
    "alter table orders add constraint |",
    "with t as (select a |",
    "create index on orders (id |",
    "create view v as select f(a |",
  ])("stand not in %j", (sql) => {
    expect(labels(sql, "type")).toEqual([]);
  });

  it("are qualified where the search path has them not, and narrowed by a schema", () => {
    expect(inserts("select id::mo|", "type")).toEqual(['"Odd one"."Mood"']);
    expect(labels('select id::"Odd one".|', "type")).toEqual(["Mood"]);
    expect(inserts("select id::numeric(|", "type")).toEqual([]);
    expect(inserts("create table t (a var|", "type")).toEqual(["varchar(${n})", "varchar"]);
  });

  it.each([
    ["alter table orders en|", ["enable row level security", "enable trigger"]],
    ["alter table if exists only shop.orders drop column note, drop co|", ["column", "constraint"]],
    ["alter table orders drop column note, val|", ["validate constraint"]],
    ["alter table orders enable row |", ["level security"]],
    ["alter table orders add pr|", ["primary key"]],
    ["alter table orders alter column note set n|", ["not null"]],
    ["alter table orders alter note ty|", ["type"]],
    ["alter table orders add column a integer not n|", ["null"]],
    ["create table t (a integer generated by |", ["default as identity"]],
    ["create table t (a integer, c|", ["constraint", "check"]],
    ["alter table orders add c|", ["column", "constraint", "check"]],
  ])("and the words of %j", (sql, expected) => {
    expect(labels(sql, "keyword")).toEqual(expected);
  });

  it("of columns go before their constraints", () => {
    expect(labels("create table t (a integer not|", "keyword")).toEqual(["not null"]);
    expect(labels("create table t (a integer, |", "keyword")).toContain("primary key");
    expect(labels("create table t (a integer default n|", "function")).toEqual(["nullif", "now"]);
    expect(labels("create table t (a integer references |", "relation")).toContain("orders");
  });
});

describe("parameters", () => {
  it.each([
    [
      "set |",
      [
        "bytea_output",
        "default_transaction_isolation",
        "enable_sort",
        "plpgsql.extra_errors",
        "search_path",
        "work_mem",
      ],
    ],
    ["set local wo|", ["work_mem"]],
    ["set plpgsql.|", ["extra_errors"]],
    ["show b|", ["block_size", "bytea_output"]],
    ["reset wo|", ["work_mem"]],
    ["alter system set wa|", ["wal_level"]],
    ["alter system reset bl|", []],
    ["alter role ada in database shop set wo|", ["work_mem"]],
    ["alter database shop reset wo|", ["work_mem"]],
    ["create function f() returns int language sql set wo|", ["work_mem"]],
    ["update orders set wo|", []],
    ["with a as (select 1) update orders set wo|", []],
    ["alter table orders set wo|", []],
  ])("in %j", (sql, expected) => {
    expect(labels(sql, "parameter")).toEqual(expected);
  });

  it.each([
    ["set bytea_output = |", ["escape", "hex"]],
    ["set local bytea_output to h|", ["hex"]],
    ["set enable_sort = |", ["on", "off"]],
    ["alter system set wal_level = |", ["minimal", "replica", "logical"]],
    ["set work_mem = |", []],
  ])("have their values in %j", (sql, expected) => {
    expect(labels(sql, "text")).toEqual(expected);
  });

  it("are named in texts, and set to texts where they must", () => {
    expect(taken("select current_setting('wo|')", "parameter")).toBe("select current_setting('work_mem')");
    expect(inserts("set default_transaction_isolation = |", "text")).toEqual([
      "serializable",
      "'read committed'",
    ]);
  });

  it("have schemas in a path", () => {
    expect(inserts("set search_path = shop, |", "schema")).toEqual(
      expect.arrayContaining(['"Odd one"', "shop", '"$user"']),
    );
  });
});

describe("roles", () => {
  it.each([
    "set role |",
    "set local role |",
    "set session authorization |",
    "grant select on orders to |",
    "grant select on orders to ada, |",
    "grant pg_monitor to |",
    "revoke all on orders from |",
    "alter table orders owner to |",
    "alter role |",
    "drop user |",
    "reassign owned by |",
    "reassign owned by ada to |",
    "create policy p on orders to |",
    "create schema s authorization |",
    "alter default privileges for role |",
    "alter default privileges in schema shop grant select on tables to |",
  ])("stand in %j", (sql) => {
    expect(labels(sql, "role")).toEqual(["Some one", "ada", "pg_monitor"]);
    expect(labels(sql, "relation")).toEqual([]);
  });

  it("are quoted, and everybody is one where something is granted", () => {
    expect(inserts("grant select on orders to so|", "role")).toEqual(['"Some one"']);
    expect(labels("grant select on orders to p|", "keyword")).toEqual(["public"]);
    expect(labels("set role n|", "keyword")).toEqual(["none"]);
  });

  it.each(["grant select on |", "revoke all on |", "select * from |", "alter table orders rename to |"])(
    "stand not in %j",
    (sql) => {
      expect(labels(sql, "role")).toEqual([]);
    },
  );
});

describe("the search path of a session", () => {
  const odd = { list: '"$user", "Odd one", nothing', user: "ada" };

  it("says which names go without a schema", () => {
    expect(inserts("select * from |", "relation", odd)).toEqual(
      ["orders", "moods", "shop.orders"].toSorted(),
    );
    expect(labels("select | from orders", "column", odd)).toEqual(["elsewhere"]);
    expect(inserts("select null::mo|", "type", odd)).toEqual(['"Mood"']);
    expect(inserts("select stam|", "function", odd)).toEqual(["shop.stamped(${})"]);
  });

  it("has the person's own schema, and PostgreSQL's first where it does not say when", () => {
    const searched = (list: string, user = "ada") => new Names(catalogue, { list, user }).searchPath;
    expect(searched('"$user", public', "shop")).toEqual(["pg_catalog", "shop"]);
    expect(searched('Shop, pg_catalog,"Odd one"')).toEqual(["shop", "pg_catalog", "Odd one"]);
    expect(searched('""')).toEqual(["pg_catalog"]);
    expect(new Names(catalogue).searchPath).toEqual(["pg_catalog", "shop"]);
  });
});

describe("code of routines", () => {
  const body = (code: string, head = "create function f(tenant bigint) returns int language plpgsql as") =>
    `${head} $body$\ndeclare\n  total numeric(12,2) := 0;\nbegin\n  ${code}\nend $body$`;

  it.each([
    ["select o.| from orders o;", ["id", "status", "feeling", "paid", "note"]],
    ["if true then update orders set st|; end if;", ["status"]],
    ["for r in select n| from orders loop null; end loop;", ["note"]],
    ["delete from moods; perform id from orders where sta|", ["status"]],
    ["execute $q$ select o.pa| from orders o $q$;", ["paid"]],
  ])("complete as SQL does: %j", (code, expected) => {
    expect(labels(body(code), "column")).toEqual(expected);
    expect(labels(body(code, "do"), "column")).toEqual(expected);
  });

  it("knows arguments and variables", () => {
    const offers = at(body("select * from orders where id = t|")).found?.offers ?? [];
    const told = offers.filter(({ kind }) => kind === "alias").map(({ label, detail }) => [label, detail]);
    expect(told).toEqual([
      ["tenant", "bigint"],
      ["total", "numeric(12,2)"],
    ]);
  });

  it("is where a value is expected: its labels", () => {
    expect(labels(body("if exists (select from orders where status = |) then"), "text")).toEqual([
      "open",
      "in progress",
      "it's \\ done",
    ]);
  });

  it("is in no other text", () => {
    expect(at("select $$ fr| $$").found?.offers ?? []).toEqual([]);
  });
});

describe("the table that is changed", () => {
  it.each([
    ["update orders o set | from moods m", ["id", "status", "feeling", "paid", "note"]],
    ["update orders o set id = 1, | from moods m", ["id", "status", "feeling", "paid", "note"]],
    ["merge into orders o using moods m on true when matched then update set n|", ["note"]],
    ["merge into orders o using moods m on true when not matched then insert (n|", ["note"]],
    ["insert into orders values (1) on conflict (id) do update set n|", ["note"]],
    ["insert into orders values (1) on conflict (id) do update set note = excluded.n|", ["note"]],
    ["create index on orders (id) where pa|", ["paid"]],
    ["create policy p on orders for select using (pa|", ["paid"]],
    ["create policy p on orders with check (id > 1 and pa|", ["paid"]],
    ["analyze orders (n|", ["note"]],
  ])("has its columns offered in %j", (sql, expected) => {
    expect(labels(sql, "column")).toEqual(expected);
  });

  it("may be told from what was to be inserted", () => {
    expect(
      labels("insert into orders values (1) on conflict (id) do update set note = ex|", "alias"),
    ).toEqual(["excluded"]);
    expect(labels("insert into orders select ex|", "alias")).toEqual([]);
  });

  it.each([
    "copy |",
    "delete from moods using |",
    "merge into moods using |",
    "create table a partition of |",
  ])("is a relation behind %j", (sql) => {
    expect(labels(sql, "relation")).toContain("orders");
    expect(labels(sql, "column")).toEqual([]);
  });

  it("shares columns with another", () => {
    expect(labels("select * from orders join orders o using (|)", "column")).toEqual([
      "id",
      "status",
      "feeling",
      "paid",
      "note",
    ]);
    expect(labels("select * from orders join moods m using (|)", "column")).toEqual([]);
  });
});

describe("functions", () => {
  it.each([
    ["select s.| from split('a') s", ["part", "place"]],
    ["select pl| from shop.split('a')", ["place"]],
    ["select o.n| from open_orders() o", ["note"]],
    ["select c.| from counted(1) as c", ["n"]],
  ])("bring columns: %j", (sql, expected) => {
    expect(labels(sql, "column")).toEqual(expected);
  });

  it("are named with what they take where they are changed", () => {
    expect(inserts("drop function sp|", "function")).toEqual(["split(a text, b text)"]);
    expect(inserts("drop function shop.counted|", "function")).toEqual(["counted(a integer, OUT n bigint)"]);
    expect(inserts("comment on procedure sh|", "function")).toEqual([
      "ship(orders bigint)",
      '"Odd one".ship_far()',
    ]);
  });
});

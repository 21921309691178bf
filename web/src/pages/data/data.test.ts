import { describe, expect, it } from "vitest";

import type { DataContent, RowFilter, RowSort, StagedChange } from "~/app/dataTab";
import type { TableColumn, TableShape } from "~/api/types";
import type { Strings } from "~/run/strings";
import { jsonFault, pickerText, pickerValue } from "./cellKinds";
import { pastedRows } from "./paste";
import { readArray, writeArray } from "./arrayText";
import { errorIn } from "./ConditionBar";
import { columnOffers, conditionOffers } from "./conditionOffers";
import { filtersSql, listed, withFilters } from "./filterSql";
import { changedRows, findKept, placesFor } from "./keptRows";
import {
  carryOver,
  movedColumns,
  numbersCarried,
  numbersOf,
  viewCarried,
  withoutColumns,
} from "./movedColumns";
import { outcomeSql, verdictOf } from "./outcomeSql";
import { lockOfColumn, lockOfNew } from "./locks";
import { changedSql, orderOf, PAGE_ROWS, pageSql, reversed } from "./rowsSql";
import { addRow, deleteRow, editInsert, editRow, toWire } from "./staged";
import { arrangementOf } from "./useColumns";
import { type Attempt, isPassing, refusedAtCommit } from "./useStaging";

function column(name: string, more: Partial<TableColumn> = {}): TableColumn {
  return {
    number: 1,
    name,
    type_oid: 25,
    type_name: "text",
    base_type_oid: 25,
    category: "S",
    not_null: false,
    comparable: true,
    updatable: true,
    may_select: true,
    may_insert: true,
    may_update: true,
    ...more,
  };
}

function shape(more: Partial<TableShape> = {}): TableShape {
  return {
    oid: 1,
    schema: "shop",
    name: "Orders",
    kind: "table",
    row_security: false,
    may_select: true,
    updatable: true,
    takes_inserts: true,
    takes_updates: true,
    takes_deletes: true,
    columns: [
      column("id", { not_null: true, category: "N" }),
      column("note"),
      column("at", { category: "D" }),
      column("doc", { comparable: false }),
    ],
    keys: [{ name: "orders_pkey", columns: ["id"] }],
    foreign_keys: [],
    referring: [],
    triggers: [],
    ...more,
  };
}

const PLAIN = { filters: [], where: "", sort: [] };

function page(
  more: Partial<TableShape>,
  content: Partial<Parameters<typeof pageSql>[1]> & { sort?: RowSort[] },
  after: readonly (string | null)[] | null,
): string {
  const table = shape(more);
  const { sort = [], ...rest } = content;
  const sql = pageSql(table, { ...PLAIN, ...rest }, orderOf(table, sort), after, after ? 200 : 0, PAGE_ROWS);
  return sql.replace(/^select .*\n/, "").replaceAll(/\s+/g, " ");
}

describe("the statement for a page", () => {
  const from = 'from shop."Orders"';
  it.each<[string, Parameters<typeof page>, string]>([
    ["goes by the key", [{}, {}, null], `${from} order by id limit 200`],
    ["goes on behind the key", [{}, {}, ["7"]], `${from} where id > '7' order by id limit 200`],
    [
      "goes the other way",
      [{}, { sort: [{ column: "id", descending: true }] }, ["7"]],
      `${from} where id < '7' order by id desc limit 200`,
    ],
    [
      "knows that NULL is last upwards",
      [{}, { sort: [{ column: "note", descending: false }] }, ["it's", "7"]],
      `${from} where ((note > 'it''s' or note is null) or note = 'it''s' and id > '7') order by note, id limit 200`,
    ],
    [
      "goes on among the NULLs",
      [{}, { sort: [{ column: "note", descending: false }] }, [null, "7"]],
      `${from} where (note is null and id > '7') order by note, id limit 200`,
    ],
    [
      "knows that NULL is first downwards",
      [{}, { sort: [{ column: "note", descending: true }] }, [null, "7"]],
      `${from} where (note is not null or note is null and id < '7') order by note desc, id desc limit 200`,
    ],
    [
      "puts NULL where it is wanted",
      [{}, { sort: [{ column: "note", descending: true, nulls: "last" }] }, ["a", "7"]],
      `${from} where ((note < 'a' or note is null) or note = 'a' and id < '7') order by note desc nulls last, id desc limit 200`,
    ],
    [
      "goes on behind the NULLs that come first",
      [{}, { sort: [{ column: "note", descending: false, nulls: "first" }] }, [null, "7"]],
      `${from} where (note is not null or note is null and id > '7') order by note nulls first, id limit 200`,
    ],
    [
      "compares rows where nothing is NULL",
      [
        {
          keys: [{ name: "k", columns: ["id", "line"] }],
          columns: [column("id", { not_null: true }), column("line", { not_null: true })],
        },
        {},
        ["7", "2"],
      ],
      `${from} where (id, line) > ('7', '2') order by id, line limit 200`,
    ],
    [
      "reads a table without a key by its places",
      [{ keys: [] }, {}, ["(0,7)"]],
      `${from} where ctid > '(0,7)'::tid order by ctid limit 200`,
    ],
    ["counts where nothing else helps", [{ keys: [], kind: "view" }, {}, []], `${from} limit 200 offset 200`],
    [
      "leaves out what cannot be sorted",
      [{}, { sort: [{ column: "doc", descending: false }] }, null],
      `${from} order by id limit 200`,
    ],
    [
      "takes filters and a condition",
      [
        {},
        {
          filters: [
            { column: "note", operator: "contains", value: "50%\\" },
            { column: "doc", operator: "is", value: "{}" },
            { column: "at", operator: "last", value: "7 days" },
            { column: "note", operator: "any_of", value: "a, b" },
            { column: "gone", operator: "null", value: "" },
          ],
          where: "id > 5 -- big",
        },
        null,
      ],
      `${from} where note ilike E'%50\\\\%\\\\\\\\%' and format('%s', doc) = '{}' and at >= now() - interval '7 days' and note in ('a', 'b') and ( id > 5 -- big ) order by id limit 200`,
    ],
  ])("%s", (_, request, expected) => expect(page(...request)).toBe(expected));
});

describe("staged changes", () => {
  const row = { key: { id: "1" }, cells: { id: "1", note: "a", at: null } };
  const text = (value: string) => ({ kind: "text" as const, text: value });

  it("remember what a cell was, and are none when it is that again", () => {
    const once = editRow([], row, { note: text("b") });
    const twice = editRow(once, row, { note: text("c"), at: { kind: "default" } });
    expect(toWire(twice)).toEqual([
      {
        type: "update",
        key: [{ column: "id", value: "1" }],
        old: [
          { column: "note", value: "a" },
          { column: "at", value: null },
        ],
        values: [
          { column: "note", value: text("c") },
          { column: "at", value: { kind: "default" } },
        ],
      },
    ]);
    const back = editRow(editRow(twice, row, { note: text("a") }), row, { at: { kind: "null" } });
    expect(back).toEqual([]);
  });

  it("leave a row that goes as it is, and bring it back", () => {
    const gone = deleteRow(editRow([], row, { note: text("b") }), row);
    expect(gone.map(({ type }) => type)).toEqual(["delete"]);
    expect(editRow(gone, row, { note: text("c") })).toBe(gone);
    expect(deleteRow(gone, row)).toEqual([]);
  });

  it("keep new rows in their order", () => {
    const first = addRow([], { note: text("a") });
    const second = addRow(first.staged);
    const edited: readonly StagedChange[] = editInsert(second.staged, first.id, { at: { kind: "null" } });
    expect(toWire(edited)).toEqual([
      {
        type: "insert",
        values: [
          { column: "note", value: text("a") },
          { column: "at", value: { kind: "null" } },
        ],
      },
      { type: "insert", values: [] },
    ]);
  });
});

it.each<[string, (string | null)[][]]>([
  [
    "a\tb\r\nc\td\r\n",
    [
      ["a", "b"],
      ["c", "d"],
    ],
  ],
  [
    "a\t\n\tb",
    [
      ["a", null],
      [null, "b"],
    ],
  ],
  ['"two\nlines"\t"a ""quote"""\t""', [["two\nlines", 'a "quote"', ""]]],
  ['"open\tb', [['"open', "b"]]],
  ["one", [["one"]]],
])("reads what a spreadsheet copies: %j", (pasted, expected) => {
  const shown = pastedRows(pasted).map((row) => row.map((cell) => (cell.kind === "text" ? cell.text : null)));
  expect(shown).toEqual(expected);
});

it("says what is wrong with JSON", () => {
  expect(jsonFault("{}")).toBeNull();
  expect(jsonFault("{")).toMatch(/^Not JSON/);
});

it("keeps the zone of a time that is picked anew", () => {
  expect(pickerValue("2026-11-19 17:48:12+00", "datetime-local")).toBe("2026-11-19T17:48:12");
  expect(pickerText("2026-11-20T08:00", "2026-11-19 17:48:12+01", "datetime-local")).toBe(
    "2026-11-20 08:00+01",
  );
  expect(pickerValue("infinity", "date")).toBe("");
});

it("reads the same rows from the other end", () => {
  const order = orderOf(shape(), [{ column: "note", descending: false }]);
  const sql = pageSql(shape(), PLAIN, reversed(order), null, 0, 10);
  expect(sql).toContain("order by note desc, id desc\nlimit 10");
  expect(reversed(reversed(order))).toEqual(order);
});

it.each<[string, (string | null)[] | null]>([
  ["{}", []],
  ['{a,NULL,"null",""}', ["a", null, "null", ""]],
  ['{"a \\"b\\" \\\\","{x,y}"," ","ü"}', ['a "b" \\', "{x,y}", " ", "ü"]],
  ["{{1,2},{3,4}}", null],
  ["[0:1]={a,b}", null],
  ['{"open}', null],
  ["{a,,b}", null],
])("reads the elements of %s, and writes them as PostgreSQL does", (text, elements) => {
  expect(readArray(text)).toEqual(elements);
  if (elements) expect(readArray(writeArray(elements))).toEqual(elements);
});

it("quotes only elements that need it", () => {
  expect(writeArray(["a", "b c", "", "NULL", null, "{", 'x"', "1.5", "-"])).toBe(
    '{a,"b c","","NULL",NULL,"{","x\\"",1.5,-}',
  );
});

const STATUS = column("status", { labels: ["paid", "packed", "it's"], type_name: "shop.order_status" });
const WITH_STATUS = shape({
  columns: [column("id", { category: "N" }), STATUS, column("my ok", { category: "B" })],
});

it.each<[string, (string | undefined)[], Strings?]>([
  ["status = ", ["'paid'", "'packed'", "'it''s'"]],
  ["status = 'pa", ["'paid'", "'packed'"]],
  ["status in ('paid', 'pac", ["'packed'"]],
  ["id = 4 and status is distinct from ", ["'paid'", "'packed'", "'it''s'"]],
  ['"my ok" = t', ["true"]],
  ["status ", ["= ", "<> ", "in (${})"]],
  ["status i", ["in (${})", "ilike '%${}%'", "is null"]],
  ["id = ", []],
  // Two strings as by default; one string where a backslash escapes the quote.
  ["id = '\\' and status = 'pa", ["'paid'", "'packed'"]],
  ["id = '\\' and status = 'pa", [], "escaping"],
  ["id = '\\'' and status = 'pa", ["'paid'", "'packed'"], "escaping"],
  ["id = '\\'' and status ", ["= ", "<> ", "in (${})"], "escaping"],
])("offers what fits behind %j in a condition", (text, expected, strings: Strings = "standard") => {
  const offers = conditionOffers(WITH_STATUS, text, text.length, strings)?.offers ?? [];
  expect(offers.slice(0, 3).map(({ insert }) => insert)).toEqual(expected);
});

it("offers the table's columns while names are on their way", () => {
  const { from, offers } = columnOffers(WITH_STATUS, "id = 1 and st", 13);
  expect([from, offers.map(({ insert, detail }) => [insert, detail])]).toEqual([
    11,
    [["status", "order_status"]],
  ]);
});

it("tells where in a condition PostgreSQL found something", () => {
  const sql = "select id\nfrom t\nwhere (\nnope = 1\n)\norder by id";
  const error = { severity: "ERROR", code: "42703", message: "no", position: sql.indexOf("nope") };
  const failure = { kind: "database" as const, error, sql };
  expect(errorIn(failure, "  nope = 1; ")?.position).toBe(2);
  expect(errorIn({ ...failure, error: { ...error, position: 3 } }, "nope = 1")).toBeNull();
  expect(errorIn(failure, "")).toBeNull();
});

it.each<[RowFilter[], string[]]>([
  [
    [
      { column: "note", operator: "is", value: "a" },
      { column: "note", operator: "null", value: "", or: true },
      { column: "id", operator: "between", value: "1, 5" },
    ],
    ["(note = 'a' or note is null)", "id between '1' and '5'"],
  ],
  [[{ column: "note", operator: "none_of", value: 'a, "b, c"' }], ["note not in ('a', 'b, c')"]],
  [
    [{ column: "note", operator: "words", value: "red -blue" }],
    ["to_tsvector(note) @@ websearch_to_tsquery('red -blue')"],
  ],
  [[{ column: "note", operator: "is", value: "a", or: true }], ["note = 'a'"]],
])("joins filters by and, and by or", (filters, expected) => {
  expect(filtersSql(shape(), filters)).toEqual(expected);
  expect(listed('a, "b, ""c""" ,, " d"')).toEqual(["a", 'b, "c"', " d"]);
});

it("keeps the order of columns by their names, and shows new ones", () => {
  const names = ["id", "note", "at", "new"].map((name) => ({ name }));
  const choice = { order: ["at", "gone", "id"], hidden: ["note"], frozen: 1, widths: { at: 90, gone: 5 } };
  const arrangement = arrangementOf(names, choice);
  expect([arrangement.columns, arrangement.frozen, [...arrangement.widths]]).toEqual([
    [2, 0, 3],
    1,
    [[2, 90]],
  ]);
});

it("finds the change that a commit was refused for", () => {
  const text = (value: string) => ({ kind: "text" as const, text: value });
  const { staged } = addRow(addRow([], { other: text("9") }).staged, { other: text("1") });
  const detail = 'Key (other)=(9) is not present in table "late".';
  expect(refusedAtCommit({ detail }, ["other"], staged)).toEqual([staged[0]?.id]);
  expect(refusedAtCommit({ detail: null }, ["other"], staged)).toHaveLength(2);
});

it("keeps what a picker cannot show of a time", () => {
  expect(pickerValue("0044-03-15 BC", "date")).toBe("");
  expect(pickerText("2026-11-20T17:48:12", "2026-11-19 17:48:12.345678+05:45", "datetime-local")).toBe(
    "2026-11-20 17:48:12.345678+05:45",
  );
  expect(pickerText("08:00", "17:48:12.5-03", "time")).toBe("08:00-03");
  expect(pickerValue("12026-11-20", "date")).toBe("12026-11-20");
});

it("says why a column takes no other values, and what of that holds for new rows", () => {
  const table = shape();
  const cases: [Partial<TableColumn>, RegExp | null, RegExp | null][] = [
    [{}, null, null],
    [{ generated: "(a * 2)" }, /computed by PostgreSQL: \(a \* 2\)/, /computed/],
    [{ identity: "always" }, /is an identity/, null],
    [{ updatable: false }, /cannot be changed/, null],
    [{ may_update: false }, /GRANT UPDATE/, null],
    [{ may_insert: false }, null, /no right to set/],
  ];
  for (const [more, old, fresh] of cases) {
    expect(lockOfColumn(column("a", more), table) ?? "").toMatch(old ?? /^$/);
    expect(lockOfNew(column("a", more)) ?? "").toMatch(fresh ?? /^$/);
  }
});

it("keeps rows that left the filter where they were, and the others where they are", () => {
  // Six rows were shown; those at 1 and 4 are not among the four that are read now.
  const places = placesFor(
    [
      { at: 4, row: 0 },
      { at: 1, row: 1 },
    ],
    6,
  );
  const kept = { rows: null as never, places };
  const found = [0, 1, 2, 3, 4, 5].map((at) => {
    const { row, isKept } = findKept(kept, at);
    return isKept ? `kept ${row}` : `read ${row}`;
  });
  expect(found).toEqual(["read 0", "kept 1", "read 1", "read 2", "kept 0", "read 3"]);
  // Rows that were shown at the same place, or further down than there are rows now.
  const crowded = placesFor(
    [0, 0, 9].map((at, row) => ({ at, row })),
    3,
  );
  expect(crowded.map(({ at }) => at)).toEqual([0, 1, 2]);
});

it("looks for changed rows by the keys that they have now", () => {
  const sent: StagedChange[] = [
    { id: "a", type: "update", key: { id: "1" }, old: {}, values: { note: { kind: "text", text: "x" } } },
    { id: "b", type: "update", key: { id: "2" }, old: {}, values: { id: { kind: "text", text: "7" } } },
    { id: "c", type: "insert", values: { note: { kind: "null" } } },
    { id: "d", type: "insert", values: {} },
    { id: "e", type: "delete", key: { id: "3" }, old: {} },
  ];
  const outcomes = [["1", "x"], null, ["9", null], null, null].map((row) => ({
    status: "done" as const,
    row,
  }));
  const report = { applied: true, columns: ["id", "note"], outcomes, commit_columns: [] };
  const rows = changedRows(sent, report, shape(), ({ id }) => (id === "b" ? 5 : null));
  expect(rows).toEqual([
    { key: { id: "1" }, index: 0 },
    { key: { id: "7" }, index: 5 },
    { key: { id: "9" }, index: 0 },
  ]);
  const filters: RowFilter[] = [{ column: "note", operator: "is", value: "it's" }];
  expect(changedSql(shape(), { filters, where: "" }, [{ id: "1" }, { id: "7" }])).toBe(
    `select id, note, at, doc, (note = 'it''s') is true\nfrom shop."Orders"\nwhere (id = '1')\n  or (id = '7')`,
  );
});

it("writes filters beside a condition so that neither changes the other", () => {
  const filters: RowFilter[] = [{ column: "note", operator: "null", value: "" }];
  expect(withFilters(shape(), "", filters)).toBe("note is null");
  expect(withFilters(shape(), "id = 1 or id = 2;", filters)).toBe("(id = 1 or id = 2)\n  and note is null");
  expect(withFilters(shape(), "id = 1 -- one", filters)).toBe("(id = 1 -- one\n)\n  and note is null");
});

it("offers another attempt where nothing is wrong with the changes", () => {
  const failed = (code: string) => ({
    status: "failed" as const,
    error: { code, severity: "ERROR", message: "" },
    columns: [],
  });
  const attempt = (
    ...outcomes: (ReturnType<typeof failed> | { status: "done" | "gone" | "not_tried" })[]
  ): Attempt => ({
    columns: [],
    outcomes: new Map(outcomes.map((outcome, at) => [String(at), outcome])),
    commitError: null,
    commitColumns: [],
    problem: null,
  });
  expect(isPassing(attempt({ status: "done" }, failed("40P01"), { status: "not_tried" }))).toBe(true);
  expect(isPassing(attempt(failed("55P03")))).toBe(true);
  expect(isPassing(attempt(failed("40001"), { status: "gone" }))).toBe(false);
  expect(isPassing(attempt(failed("23505")))).toBe(false);
});

function content(more: Partial<DataContent>): DataContent {
  return {
    table: { oid: 1, schema: "shop", name: "Orders" },
    sort: [],
    filters: [],
    where: "",
    draft: null,
    written: null,
    columns: null,
    numbers: { staged: {}, view: {} },
    staged: [],
    sent: false,
    ...more,
  };
}

const numbered = (...names: string[]) =>
  shape({ columns: names.flatMap((name, at) => (name === "" ? [] : [column(name, { number: at + 1 })])) });

describe("columns that changes name", () => {
  const update: StagedChange = {
    id: "a",
    type: "update",
    key: { id: "1" },
    old: { note: "x" },
    values: { note: { kind: "text", text: "mine" } },
  };
  const before = content({ staged: [update], sort: [{ column: "note", descending: true }] });
  const known = { ...before, numbers: numbersOf(before, numbered("id", "note", "at")) };

  it("are known by their numbers when they are called otherwise, and are carried over", () => {
    expect(numbersOf(known, numbered("id", "note", "at"))).toBe(known.numbers);
    const now = numbered("id", "words", "at");
    const [moved, ...others] = movedColumns(known, now);
    expect(others).toEqual([]);
    expect(moved).toMatchObject({ from: "note", to: "words", changes: 1, values: [update.values["note"]] });
    expect(viewCarried(known, now)).toMatchObject({ sort: [{ column: "words", descending: true }] });
    const [carried] = carryOver(known.staged, new Map([["note", "words"]]));
    expect(carried).toMatchObject({ old: { words: "x" }, values: { words: { text: "mine" } } });
  });

  it("are told apart when two have changed their names, and once only", () => {
    const swapped = numbered("id", "at", "note");
    expect(movedColumns(known, swapped)).toMatchObject([{ from: "note", to: "at" }]);
    const staged = carryOver(known.staged, new Map([["note", "at"]]));
    const numbers = { ...known.numbers, staged: numbersCarried(known.numbers.staged, swapped, ["at"]) };
    const after = { ...known, ...viewCarried(known, swapped), staged };
    const settled = { ...after, numbers: { ...after.numbers, staged: numbers.staged } };
    expect(movedColumns(settled, swapped)).toEqual([]);
    expect(viewCarried(settled, swapped)).toBeNull();
  });

  it("are dropped with what only they say", () => {
    const now = numbered("id", "", "at");
    expect(movedColumns(known, now)).toMatchObject([{ from: "note", to: null }]);
    expect(withoutColumns(known.staged, new Set(["note"]))).toEqual([]);
    const added: StagedChange = {
      id: "b",
      type: "insert",
      values: { note: { kind: "null" }, at: { kind: "null" } },
    };
    expect(withoutColumns([added], new Set(["note"]))).toMatchObject([{ values: { at: { kind: "null" } } }]);
  });
});

describe("changes of which no answer came", () => {
  it("are looked for in the rows, by what they leave and by what was read", () => {
    const sql = outcomeSql(shape(), [
      { id: "a", type: "update", key: { id: "1" }, old: { doc: "{}" }, values: { doc: { kind: "null" } } },
      { id: "b", type: "delete", key: { id: "2" }, old: {} },
      { id: "c", type: "insert", values: { note: { kind: "text", text: "it's" }, at: { kind: "default" } } },
    ]);
    expect(sql).toBe(
      `select coalesce((select 'made' from shop."Orders" where id is not distinct from '1' and doc is null limit 1), ` +
        `(select 'unmade' from shop."Orders" where id is not distinct from '1' and doc::text is not distinct from '{}'::text::text limit 1), 'other'),
  case when exists (select from shop."Orders" where id is not distinct from '2') then 'unmade' else 'made' end,
  case when exists (select from shop."Orders" where note is not distinct from 'it''s') then 'made' else 'unmade' end`,
    );
  });

  it("were all made or none", () => {
    const staged = (["update", "delete", "insert"] as const).map((type) => ({ type }) as StagedChange);
    const check = (told: (string | null)[], expected: string) =>
      expect(verdictOf(told, staged)).toBe(expected);
    check(["made", "made", "unmade"], "made");
    check(["other", "unmade", "made"], "unmade");
    check(["other", "made", "made"], "unclear");
    check([null, null, "made"], "made");
    check([null, null, null], "unclear");
  });
});

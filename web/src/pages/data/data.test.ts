import { describe, expect, it } from "vitest";

import type { StagedChange } from "~/app/dataTab";
import type { TableColumn, TableShape } from "~/api/types";
import { jsonFault, pickerText, pickerValue, prettyJson } from "./cellKinds";
import { pastedRows } from "./paste";
import { orderOf, pageSql } from "./rowsSql";
import { addRow, deleteRow, editInsert, editRow, toWire } from "./staged";

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
  content: Partial<Parameters<typeof pageSql>[1]> & { sort?: { column: string; descending: boolean }[] },
  after: readonly (string | null)[] | null,
): string {
  const table = shape(more);
  const { sort = [], ...rest } = content;
  const sql = pageSql(table, { ...PLAIN, ...rest }, orderOf(table, sort), after, after ? 200 : 0);
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

it("formats JSON without touching its numbers", () => {
  expect(prettyJson('{"a":[1.0,12345678901234567890],"b":{},"c":"x: {"}')).toBe(
    '{\n  "a": [\n    1.0,\n    12345678901234567890\n  ],\n  "b": {},\n  "c": "x: {"\n}',
  );
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

import { describe, expect, it } from "vitest";

import { concat, countingRows, dataRow, largeRow } from "~/run/frames.testing";
import { RowStore } from "~/run/rowStore";
import {
  addCondition,
  conditionWords,
  hideColumn,
  moveColumn,
  plainArrangement,
  showColumn,
  sortAlsoBy,
  sortBy,
  withoutSorting,
  type Condition,
  type SortKey,
} from "./arrangement";
import { arrangeRows } from "./arrangeRows";
import { arrangedCells } from "./cells";
import { compareRows } from "./compareRows";
import type { ValueKind } from "./valueKind";
import { findInCells, matchFrom } from "./find";

const { signal } = new AbortController();

function store(columns: number, ...rows: ArrayBuffer[]): RowStore {
  const made = new RowStore(columns);
  made.append(concat(...rows));
  return made;
}

describe("the columns of a result", () => {
  const three = plainArrangement(3);

  it("are moved, hidden and shown again in their place", () => {
    expect(moveColumn(three, 0, 2).columns).toEqual([1, 2, 0]);
    expect(moveColumn(three, 0, 3).columns).toEqual([0, 1, 2]);
    expect(hideColumn(three, 1).columns).toEqual([0, 2]);
    expect(showColumn(hideColumn(three, 1), 1).columns).toEqual([0, 1, 2]);
    expect(hideColumn(hideColumn(hideColumn(three, 0), 1), 2).columns).toEqual([2]);
  });

  it("stay frozen when one before them is hidden", () => {
    expect(hideColumn({ ...three, frozen: 2 }, 0).frozen).toBe(1);
    expect(hideColumn({ ...three, frozen: 1 }, 2).frozen).toBe(1);
  });
});

describe("the order of a result", () => {
  const sorted = sortBy(plainArrangement(3), { column: 1, descending: false });

  it("has a second column for rows that the first leaves equal", () => {
    const both = sortAlsoBy(sorted, { column: 2, descending: true });
    expect(both.sort).toEqual([
      { column: 1, descending: false },
      { column: 2, descending: true },
    ]);
    expect(sortAlsoBy(both, { column: 1, descending: true }).sort.map(({ column }) => column)).toEqual([
      1, 2,
    ]);
    expect(withoutSorting(both, 1).sort).toEqual([{ column: 2, descending: true }]);
    expect(sortBy(both, { column: 0, descending: false }).sort).toEqual([{ column: 0, descending: false }]);
  });
});

describe("filters", () => {
  it("are not added twice, and are read as words", () => {
    const once = addCondition(plainArrangement(1), { column: 0, operator: "equals", text: "paid" });
    expect(addCondition(once, { column: 0, operator: "equals", text: "paid" })).toBe(once);
    expect(conditionWords({ column: 0, operator: "equals", text: "" }, "note")).toBe("note is empty");
    expect(conditionWords({ column: 0, operator: "not_null", text: "" }, "note")).toBe("note is not NULL");
  });

  const rows = store(
    2,
    dataRow("10", "Paid"),
    dataRow("9", null),
    dataRow("10.0", "unpaid"),
    dataRow(null, ""),
    dataRow("NaN", "new"),
  );
  it.each<[operator: Condition["operator"], column: number, text: string, kept: number[]]>([
    ["contains", 1, "PAID", [0, 2]],
    ["equals", 0, "10", [0, 2]],
    ["equals", 1, "", [3]],
    ["differs", 1, "Paid", [1, 2, 3, 4]],
    ["less", 0, "10", [1]],
    ["greater", 0, "9", [0, 2, 4]],
    ["null", 1, "", [1]],
    ["not_null", 0, "", [0, 1, 2, 4]],
  ])("keep the rows where the value %s (column %d) %s", async (operator, column, text, kept) => {
    const found = await arrangeRows(
      rows,
      (one) => (one === 0 ? "number" : "text"),
      [{ column, operator, text }],
      [],
      signal,
    );
    expect([...found]).toEqual(kept);
  });
});

describe("filters by what values are", () => {
  it.each<[kind: ValueKind, values: string[], operator: Condition["operator"], text: string, kept: number[]]>(
    [
      [
        "instant",
        ["0044-03-15 BC", "10000-01-01", "infinity", "2024-05-01"],
        "greater",
        "2024-05-01",
        [1, 2],
      ],
      ["instant", ["2024-05-01 13:00:00", "2024-05-01 12:59:59.9"], "less", "2024-05-01T13:00", [1]],
      ["interval", ["25:00:00", "1 day", "90 days", "2 mons"], "greater", "2 days", [2, 3]],
      ["interval", ["01:59:00", "02:00:00"], "equals", "2 hours", [1]],
      ["money", ["$9.00", "$1,000.00"], "less", "10", [0]],
      ["address", ["10.0.0.9", "10.0.0.10", "9.1.1.1"], "less", "10.0.0.10", [0, 2]],
      // No value of the type is meant as text.
      ["instant", ["2023-05-01", "2024-05-01"], "greater", "2024", [1]],
    ],
  )("keep of the %s %j what is %s %s", async (kind, values, operator, text, kept) => {
    const rows = store(1, ...values.map((value) => dataRow(value)));
    const found = await arrangeRows(rows, () => kind, [{ column: 0, operator, text }], [], signal);
    expect([...found]).toEqual(kept);
  });
});

describe("sorting", () => {
  // As PostgreSQL 18 has them in order.
  it.each<[kind: ValueKind, ordered: string[]]>([
    [
      "number",
      ["-Infinity", `-${"9".repeat(400)}`, "2", "9".repeat(399), "9".repeat(400), "Infinity", "NaN"],
    ],
    [
      "instant",
      [
        "-infinity",
        "4713-11-24 BC",
        "0044-03-15 BC",
        "0044-03-15",
        "2024-01-01",
        "5874897-12-31",
        "infinity",
      ],
    ],
    ["instant", ["2024-10-27 02:30:00+02", "2024-10-27 02:10:00+01", "2024-10-27 02:10:00.000001+01"]],
    [
      "interval",
      ["-infinity", "-1 days", "-1 days +02:00:00", "10:00:00", "1 day", "25:00:00", "2 mons", "infinity"],
    ],
    ["money", ["-$1,000.00", "-$3.00", "$5.00", "$10.00", "$1,000.00"]],
    ["zoned_time", ["00:00:00+02", "23:59:59.999+00", "20:00:00-05"]],
    [
      "address",
      [
        "9.0.0.0/8",
        "10.0.0.0/8",
        "10.0.0.0/16",
        "10.0.0.9",
        "10.0.0.10",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::/10",
        "fe80::1:2",
      ],
    ],
    ["location", ["(0,2)", "(0,10)", "(1,1)"]],
    ["location", ["0/FFFFFFFF", "1/0", "A/0", "10/0"]],
  ])("puts values of the kind %s in order", async (kind, ordered) => {
    const mixed = ordered.map((_, place) => ordered[(place * 11 + 3) % ordered.length] ?? "");
    expect(new Set(mixed).size).toBe(ordered.length);
    const rows = store(1, ...mixed.map((value) => dataRow(value)));
    const order = await arrangeRows(rows, () => kind, [], [{ column: 0, descending: false }], signal);
    expect([...order].map((row) => mixed[row])).toEqual(ordered);
  });

  const rows = store(
    1,
    dataRow("10"),
    dataRow("9007199254740993"),
    dataRow("9007199254740992"),
    dataRow(null),
    dataRow("-1.5"),
    dataRow("10.00"),
    dataRow("NaN"),
  );
  it.each<[words: string, kind: ValueKind, descending: boolean, order: number[]]>([
    ["numbers by their size, to the last digit", "number", false, [4, 0, 5, 2, 1, 6, 3]],
    ["numbers downwards, NULL first", "number", true, [3, 6, 1, 2, 0, 5, 4]],
    ["text by its characters", "text", false, [4, 0, 5, 2, 1, 6, 3]],
  ])("puts %s", async (_, kind, descending, order) => {
    const sort: SortKey[] = [{ column: 0, descending }];
    expect([...(await arrangeRows(rows, () => kind, [], sort, signal))]).toEqual(order);
  });

  it("holds for many rows, and leaves equal ones as they came", async () => {
    const many = new RowStore(2);
    for (let part = 0; part < 5; part += 1) many.append(countingRows(0, 1000, 4, "same"));
    const sort: SortKey[] = [
      { column: 1, descending: false },
      { column: 0, descending: true },
    ];
    const order = await arrangeRows(many, (column) => (column === 0 ? "number" : "text"), [], sort, signal);
    expect([...order.slice(0, 6)]).toEqual([999, 1999, 2999, 3999, 4999, 998]);
    expect(new Set(order).size).toBe(5000);
  });

  it("ends when it is no longer wanted", async () => {
    const many = new RowStore(1);
    for (let part = 0; part < 300; part += 1) many.append(countingRows(0, 1000, 9));
    const giveUp = new AbortController();
    const sorting = arrangeRows(many, () => "number", [], [{ column: 0, descending: true }], giveUp.signal);
    giveUp.abort();
    await expect(sorting).rejects.toThrow();
  });
});

describe("cells that are arranged", () => {
  it("are where their rows and columns were put", () => {
    const rows = store(3, dataRow("a", "b", "c"), dataRow("d", "e", "f"));
    const cells = arrangedCells(rows, { rows: Int32Array.of(1, -1), columns: [2, 0] });
    expect(cells.rowCount).toBe(2);
    expect(cells.cell(0, 0)).toEqual({ kind: "text", text: "f" });
    expect(cells.cell(0, 1)).toEqual({ kind: "text", text: "d" });
    expect(cells.cell(1, 0)).toEqual({ kind: "null" });
  });
});

describe("finding", () => {
  it("takes upper and lower case alike, and goes on from where one is", async () => {
    const rows = store(2, dataRow("Straße", "x"), dataRow(null, "STRASSE"), dataRow("strasse", "strass"));
    const matches = await findInCells(rows, 2, "Strass", signal, () => {});
    expect([...matches.places]).toEqual([1, 1, 2, 0, 2, 1]);
    expect(matchFrom(matches, 0, 0)).toBe(0);
    expect(matchFrom(matches, 2, 0)).toBe(1);
    expect(matchFrom(matches, 3, 0)).toBe(0);
  });

  it("looks into what is there of a long value", async () => {
    const rows = store(1, largeRow({ text: "abcdef", kept: 3 }));
    expect((await findInCells(rows, 1, "abc", signal, () => {})).count).toBe(1);
    expect((await findInCells(rows, 1, "def", signal, () => {})).count).toBe(0);
  });
});

describe("two results side by side", () => {
  const left = store(2, dataRow("1", "a"), dataRow("2", "b"), dataRow("3", null), dataRow("3", "x"));
  const right = store(2, dataRow("b!", "2"), dataRow("a", "1"), dataRow("new", "9"), dataRow(null, "3"));
  const sides = [
    { rows: left, columns: [0, 1] },
    { rows: right, columns: [1, 0] },
  ] as const;

  it("are paired by their keys, those that come twice in order", async () => {
    const compared = await compareRows(...sides, [0], false, signal);
    expect([...compared.left]).toEqual([0, 1, 2, 3, -1]);
    expect([...compared.right]).toEqual([1, 0, 3, -1, 2]);
    expect(compared.counts).toEqual({ same: 2, changed: 1, added: 1, removed: 1 });
  });

  it("show only what differs when that is wanted", async () => {
    const compared = await compareRows(...sides, [0], true, signal);
    expect([...compared.left]).toEqual([1, 3, -1]);
    expect(compared.counts.same).toBe(2);
  });
});

import { describe, expect, it } from "vitest";

import { concat, countingRows, dataRow, largeRow } from "~/run/frames.testing";
import { RowStore } from "~/run/rowStore";
import { shapeOf, spokenShape } from "./cellShape";
import type { Meaning } from "./columnKind";
import { copyText } from "./copyText";
import { DecimalSum, parseDecimal, parseMoney, formatDecimal, shortDecimal } from "./decimal";
import type { ValueKind } from "./valueKind";
import { invisiblePieces } from "./invisible";
import { fitText } from "./textFit";
import { summarize } from "./summary";
import { jsonValue, type RowFormat } from "./writeRows";

function store(...rows: ArrayBuffer[]): RowStore {
  const made = new RowStore(2);
  made.append(concat(...rows));
  return made;
}

const all = (rows: number) => ({ rows: [[0, rows] as const], columns: [0, 1] });

describe("what a cell shows", () => {
  const text = (value: string) => shapeOf({ kind: "text", text: value }, "text");

  it("tells NULL, the empty text and blanks apart", () => {
    expect(shapeOf({ kind: "null" }, "text")).toEqual({ kind: "null" });
    expect(text("")).toEqual({ kind: "empty" });
    expect(text("  a b ")).toMatchObject({ leading: 2, trailing: 1 });
    expect(text("   ")).toMatchObject({ leading: 3, trailing: 0 });
  });

  it("shows line breaks and control characters on one line", () => {
    expect(text("a\r\nb\nc\td\u0000\u007f")).toMatchObject({ text: "a↵b↵c⇥d␀␡" });
  });

  it("knows web addresses, and JSON and numbers by their type", () => {
    expect(text("https://example.com/a")).toMatchObject({ look: "link" });
    expect(text("see https://example.com/a")).toMatchObject({ look: "text" });
    expect(shapeOf({ kind: "text", text: '"https://example.com"' }, "json")).toMatchObject({ look: "json" });
  });

  it("says that a value was cut", () => {
    expect(spokenShape(shapeOf({ kind: "cut", text: "abc", keptBytes: 3, fullBytes: 9 }, "text"))).toBe(
      "abc (cut)",
    );
  });
});

const written = (name: string, meaning: Meaning = "text", element: Meaning | null = null) => ({
  name,
  meaning,
  element,
});
const TEXTS = [written("x"), written("y")];
const TSV = { format: "tsv", header: false, table: "t" } as const;

describe("characters that nobody sees", () => {
  it.each([
    ["abc\u200b", "abc‹200B›"],
    ["a\u00a0b", "a␣b"],
    ["\u202egpj.exe", "‹202E›gpj.exe"],
    ["\ufeffid", "‹FEFF›id"],
    ["soft\u00adhyphen", "soft‹00AD›hyphen"],
    ["a\u200db", "a‹200D›b"],
    // Joiners at work, marks that belong to letters, and CJK are as they are.
    ["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"],
    ["می‌خواهم", "می‌خواهم"],
    ["e\u0301", "e\u0301"],
    ["漢　字", "漢　字"],
    ["\u05d0\u05d1", "\u05d0\u05d1"],
  ])("are in sight in %j", (value, shown) => {
    expect(shapeOf({ kind: "text", text: value }, "text")).toMatchObject({ text: shown });
    expect(invisiblePieces(value).join("")).toBe(value);
  });
});

describe("a text in a narrow cell", () => {
  // As wide as a terminal would have it: a place for each cluster.
  const clusters = new Intl.Segmenter("en", { granularity: "grapheme" });
  const context = {
    measureText: (value: string) => ({ width: [...clusters.segment(value)].length * 8 }),
  } as unknown as CanvasRenderingContext2D;

  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdefg", 6, "abcde…"],
    ["👨‍👩‍👧‍👦 ok", 6, "👨‍👩‍👧‍👦 ok"],
    ["e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301e\u0301e\u0301"],
    ["éééééééé", 4, "ééé…"],
  ])("%s in %d places is %s", (value, places, shown) => {
    expect(fitText(context, value, places * 8, 8)).toBe(shown);
  });
});

describe("copying", () => {
  it("separates by tabs and quotes what would break the lines", () => {
    const rows = store(dataRow("1", "a\tb"), dataRow('say "hi"', null));
    expect(copyText(rows, TEXTS, all(2), TSV)).toMatchObject({
      kind: "copied",
      cells: 4,
      text: '1\t"a\tb"\n"say ""hi"""\t',
    });
  });

  it("copies a single value as it is, with its blanks and its breaks", () => {
    const rows = store(dataRow("1", '  a\n"b" '));
    const one = { rows: [[0, 1] as const], columns: [1] };
    expect(copyText(rows, TEXTS, one, TSV)).toMatchObject({ text: '  a\n"b" ' });
  });

  it("names the values of which it has only the beginning", () => {
    const rows = store(dataRow("1", "2"), largeRow({ text: "abcdef", kept: 3 }, null));
    expect(copyText(rows, TEXTS, all(2), TSV)).toMatchObject({ cut: ["x, row 2"], cutCount: 1 });
  });

  it("refuses more than a clipboard takes", () => {
    const rows = new RowStore(2);
    rows.append(countingRows(0, 1000, 5, "x"));
    const block = { rows: [[0, 1_000_001] as const], columns: [0, 1] };
    expect(copyText(rows, TEXTS, block, TSV)).toEqual({ kind: "too_many", cells: 2_000_002 });
  });

  it.each<[format: RowFormat, header: boolean, text: string]>([
    ["tsv", true, "n\tnote\n9007199254740993\tit's, \\|\nNaN\t"],
    ["csv", false, '9007199254740993,"it\'s, \\|"\nNaN,'],
    ["csv", true, 'n,note\n9007199254740993,"it\'s, \\|"\nNaN,'],
    ["json", true, '[\n{"n":9007199254740993,"note":"it\'s, \\\\|"},\n{"n":"NaN","note":null}\n]'],
    ["ndjson", true, '{"n":9007199254740993,"note":"it\'s, \\\\|"}\n{"n":"NaN","note":null}'],
    [
      "markdown",
      true,
      "| n | note |\n| ---: | --- |\n| 9007199254740993 | it's, \\\\\\| |\n| NaN | *NULL* |",
    ],
    ["sql", true, "INSERT INTO t (n, note) VALUES\n(9007199254740993, 'it''s, \\|'),\n('NaN', NULL);"],
    ["in_list", false, "((9007199254740993, 'it''s, \\|'))"],
  ])("writes %s, with names: %s", (format, header, text) => {
    const rows = store(dataRow("9007199254740993", "it's, \\|"), dataRow("NaN", null));
    const columns = [written("n", "number"), written("note")];
    expect(copyText(rows, columns, all(2), { format, header, table: "t" })).toMatchObject({ text });
  });

  it("makes a list of each value once", () => {
    const rows = store(dataRow("2", "a"), dataRow("1", "b"), dataRow("2", null), dataRow(null, "a"));
    const list = (column: number, meaning: Meaning) => {
      const columns = [written("x", meaning), written("y", meaning)];
      return copyText(rows, columns, { rows: [[0, 4]], columns: [column] }, { ...TSV, format: "in_list" });
    };
    expect(list(0, "number")).toMatchObject({ text: "(2, 1)" });
    expect(list(1, "text")).toMatchObject({ text: "('a', 'b')" });
  });

  it.each<[text: string, element: Meaning, json: string]>([
    ["{}", "number", "[]"],
    ["{1,-2.50,NULL,NaN}", "number", '[1,-2.50,null,"NaN"]'],
    ["[0:1]={1,2}", "number", "[1,2]"],
    ["{{1,2},{3,4}}", "number", "[[1,2],[3,4]]"],
    ["{t,f}", "boolean", "[true,false]"],
    ['{a,"b c","NULL","","q\\"\\\\"}', "text", '["a","b c","NULL","","q\\"\\\\"]'],
    ['{"{\\"a\\": 1}",2}', "json", '[{"a": 1},2]'],
  ])("writes the array %s as JSON", (text, element, json) => {
    expect(jsonValue(text, written("x", "text", element))).toBe(json);
  });
});

describe("the sum of a selection", () => {
  const sums = (kind: ValueKind, ...values: (string | null)[]) => {
    const rows = store(...values.map((value) => dataRow(value, null)));
    return summarize(rows, { rows: [[0, values.length]], columns: [0] }, () => kind).values;
  };

  it("is exact and leaves NULL out", () => {
    const rows = store(
      dataRow("0.1", "0.2"),
      dataRow("15120.00", null),
      dataRow("9007199254740993", "-0.05"),
    );
    expect(summarize(rows, all(3), () => "number")).toEqual({
      cells: 6,
      values: {
        count: 5,
        nulls: 1,
        distinct: null,
        total: { sum: "9007199254756113.25", average: "1801439850951222.65" },
        range: { least: "-0.05", greatest: "9007199254740993" },
      },
    });
  });

  it("counts values that are too long to be looked at", () => {
    const long = "x".repeat(6_000_000);
    const nothing = { distinct: null, total: null, range: null };
    expect(sums("text", long, long, null)).toMatchObject({ count: 2, nulls: 1, distinct: 1 });
    expect(sums("text", long, long, long, "", null)).toEqual({ ...nothing, count: 4, nulls: 1 });
  });

  it("is left out where there is none", () => {
    const rows = store(dataRow("1", "NaN"), dataRow("2", "3"));
    const nothing = { count: 4, nulls: 0, distinct: null, total: null, range: null };
    const range = { least: "1", greatest: "NaN" };
    expect(summarize(rows, all(2), () => "number").values).toEqual({ ...nothing, range });
    expect(summarize(rows, all(2), (column) => (column === 0 ? "number" : "text")).values).toEqual(nothing);
    expect(summarize(rows, { rows: [[0, 1]], columns: [0] }, () => "number")).toEqual({
      cells: 1,
      values: null,
    });
    expect(sums("none", "t", "t", null)).toEqual({ ...nothing, count: 2, nulls: 1, distinct: 1 });
    expect(sums("text", null, null)).toEqual({ ...nothing, count: 0, nulls: 2, distinct: 0 });
  });

  it.each<[ValueKind, string[], string, string]>([
    ["text", ["pear", "apple", "zoo", "apple"], "apple", "zoo"],
    ["instant", ["2024-03-01", "infinity", "0044-03-15 BC", "10000-01-01"], "0044-03-15 BC", "infinity"],
    [
      "instant",
      ["2024-10-27 02:30:00+02", "2024-10-27 02:10:00+01"],
      "2024-10-27 02:30:00+02",
      "2024-10-27 02:10:00+01",
    ],
    [
      "instant",
      ["2024-01-01 10:00:00.5", "2024-01-01 10:00:00.25", "2024-01-01 10:00:00.50001"],
      "2024-01-01 10:00:00.25",
      "2024-01-01 10:00:00.50001",
    ],
    ["interval", ["1 mon", "29 days 23:59:59", "-1 days +02:00:00"], "-1 days +02:00:00", "1 mon"],
    ["interval", ["1 mon", "infinity", "-infinity"], "-infinity", "infinity"],
    ["number", ["NaN", "2", "-Infinity"], "-Infinity", "NaN"],
    ["money", ["$9.00", "-$1,000.00", "$10.00"], "-$1,000.00", "$10.00"],
    ["address", ["10.0.0.10", "10.0.0.9", "::1"], "10.0.0.9", "::1"],
  ])("knows the least and the greatest %s of %j", (kind, values, least, greatest) => {
    expect(sums(kind, ...values)?.range).toEqual({ least, greatest });
  });

  it.each([
    [["$1,234.50", "-$0.99", "($3.51)"], "1230.00", "410"],
    [["1.234,50 €", "0,50 €"], "1235.00", "617.5"],
    [["¥1,234", "¥1"], "1235", "617.5"],
  ])("adds the amounts of money %j", (values, sum, average) => {
    expect(sums("money", ...values)?.total).toEqual({ sum, average });
  });

  it.each([
    ["$1,234,567.89", "1234567.89"],
    ["Fr. 1'234.50", "1234.50"],
    ["1 234,50 zł", "1234.50"],
    ["BD 1,234.500", "1234.500"],
    ["10", "10"],
    ["-kr 3,5", "-3.5"],
  ])("reads the amount %s", (text, amount) => {
    const read = parseMoney(text);
    expect(read && formatDecimal(read)).toBe(amount);
  });

  it.each([
    // As PostgreSQL 18 answers for sum and avg.
    [["1 mon", "1 day 01:00:00", "00:30:00.5"], "1 mon 1 day 01:30:00.5", "10 days 08:30:00.166667"],
    [["1 year 2 mons 3 days 04:05:06", "-2 mons"], "1 year 3 days 04:05:06", "6 mons 1 day 14:02:33"],
    [["00:00:00", "-00:00:01"], "-00:00:01", "-00:00:00.5"],
  ])("adds the intervals %j", (values, sum, average) => {
    expect(sums("interval", ...values)?.total).toEqual({ sum, average });
  });

  it.each([
    ["9.33333333333333330000", "9.33333333333333330000"],
    [`28${"0".repeat(300)}`, "2.8e301"],
    [`-1${"0".repeat(32)}`, "-1e32"],
    [`0.${"0".repeat(40)}12`, "1.2e-41"],
    ["33333.3333333333333333333333333333", "≈ 33333.333333333333"],
    ["99999999999999999999.9999999999999", "≈ 100000000000000000000"],
    [`123456789012345678901234567890.5`, "123456789012345678901234567890.5"],
    [`1234567890123456789012345678901.5`, "≈ 1.2345678901234568e30"],
    ["0.00000000000000000000000000000000000", "0.00000000000000000000000000000000000"],
  ])("writes %s as %s", (text, short) => {
    expect(shortDecimal(text, 32)).toBe(short);
  });

  it("adds negative numbers and exponents", () => {
    const sum = new DecimalSum();
    expect(["-1.5", "1e3", "2.5e-3", ".5", "$3", "-", ""].map((text) => sum.add(parseDecimal(text)))).toEqual(
      [true, true, true, true, false, false, false], // prettier-ignore
    );
    expect(String(sum)).toBe("999.0025");
    expect(sum.add(parseDecimal("-1000"))).toBe(true);
    expect(String(sum)).toBe("-0.9975");
  });
});

import { describe, expect, it } from "vitest";

import { concat, countingRows, dataRow, largeRow } from "~/run/frames.testing";
import { RowStore } from "~/run/rowStore";
import { shapeOf, spokenShape } from "./cellShape";
import { copyText } from "./copyText";
import { DecimalSum, summarize } from "./summary";

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
    expect(text("a\r\nb\nc\td\u0000\u007f")).toMatchObject({ text: "a↵b↵c␉d␀␡" });
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

describe("copying", () => {
  it("separates by tabs and quotes what would break the lines", () => {
    const rows = store(dataRow("1", "a\tb"), dataRow('say "hi"', null));
    expect(copyText(rows, all(2), ["x", "y"])).toMatchObject({
      kind: "copied",
      cells: 4,
      text: '1\t"a\tb"\n"say ""hi"""\t',
    });
  });

  it("copies a single value as it is", () => {
    const rows = store(dataRow("1", 'a\n"b"'));
    expect(copyText(rows, { rows: [[0, 1]], columns: [1] }, ["x", "y"])).toMatchObject({ text: 'a\n"b"' });
  });

  it("names the values of which it has only the beginning", () => {
    const rows = store(dataRow("1", "2"), largeRow({ text: "abcdef", kept: 3 }, null));
    expect(copyText(rows, all(2), ["body", "y"])).toMatchObject({ cut: ["body, row 2"], cutCount: 1 });
  });

  it("refuses more than a clipboard takes", () => {
    const rows = new RowStore(2);
    rows.append(countingRows(0, 1000, 5, "x"));
    expect(copyText(rows, { rows: [[0, 1_000_001]], columns: [0, 1] }, ["x", "y"])).toEqual({
      kind: "too_many",
      cells: 2_000_002,
    });
  });
});

describe("the sum of a selection", () => {
  const isNumber = () => true;

  it("is exact and leaves NULL out", () => {
    const rows = store(
      dataRow("0.1", "0.2"),
      dataRow("15120.00", null),
      dataRow("9007199254740993", "-0.05"),
    );
    expect(summarize(rows, all(3), isNumber)).toEqual({ cells: 6, sum: "9007199254756113.25" });
  });

  it("is left out where there is none", () => {
    const rows = store(dataRow("1", "NaN"), dataRow("2", "3"));
    expect(summarize(rows, all(2), isNumber).sum).toBeNull();
    expect(summarize(rows, all(2), (column) => column === 0).sum).toBeNull();
    expect(summarize(rows, { rows: [[0, 1]], columns: [0] }, isNumber)).toEqual({ cells: 1, sum: null });
  });

  it("adds negative numbers and exponents", () => {
    const sum = new DecimalSum();
    expect(["-1.5", "1e3", "2.5e-3", ".5", "$3", "-", ""].map((text) => sum.add(text))).toEqual(
      [true, true, true, true, false, false, false], // prettier-ignore
    );
    expect(String(sum)).toBe("999.0025");
    expect(sum.add("-1000")).toBe(true);
    expect(String(sum)).toBe("-0.9975");
  });
});

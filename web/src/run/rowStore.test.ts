import { describe, expect, it } from "vitest";

import { concat, countingRows, dataRow, largeRow, partsOf } from "./frames.testing";
import { MalformedFrame, RowStore } from "./rowStore";

const ROWS = [
  dataRow("1", null),
  dataRow("", "zwei"),
  largeRow({ text: "ab".repeat(40), kept: 5 }, null),
  dataRow("4", "Für"),
];
const CELLS = [
  [{ kind: "text", text: "1" }, { kind: "null" }],
  [
    { kind: "text", text: "" },
    { kind: "text", text: "zwei" },
  ],
  [{ kind: "cut", text: "ababa", keptBytes: 5, fullBytes: 80 }, { kind: "null" }],
  [
    { kind: "text", text: "4" },
    { kind: "text", text: "Für" },
  ],
];

function read(store: RowStore): unknown[] {
  return Array.from({ length: store.rowCount }, (_, row) => [store.cell(row, 0), store.cell(row, 1)]);
}

function patched(frame: ArrayBuffer, at: number, byte: number): ArrayBuffer {
  new DataView(frame).setUint8(at, byte);
  return frame;
}

describe("RowStore", () => {
  it("reads the same rows however the messages are put into frames", () => {
    for (let cuts = 0; cuts < 1 << (ROWS.length - 1); cuts += 1) {
      const store = new RowStore(2);
      let frame: ArrayBuffer[] = [];
      ROWS.forEach((row, position) => {
        frame.push(row);
        if (position < ROWS.length - 1 && !(cuts & (1 << position))) return;
        store.append(concat(...frame));
        frame = [];
      });
      expect(read(store)).toEqual(CELLS);
    }
  });

  it("refuses a frame that ends anywhere inside a row, and keeps what it had", () => {
    const whole = concat(...ROWS);
    const boundaries = new Set([0, 1, 2, 3, 4].map((count) => concat(...ROWS.slice(0, count)).byteLength));
    for (let end = 0; end <= whole.byteLength; end += 1) {
      const store = new RowStore(2);
      store.append(dataRow("before", null));
      const held = store.byteLength;
      if (boundaries.has(end)) {
        store.append(whole.slice(0, end));
        continue;
      }
      expect(() => store.append(whole.slice(0, end))).toThrow(MalformedFrame);
      expect([store.rowCount, store.byteLength]).toEqual([1, held]);
    }
  });

  it("refuses rows with another number of columns and unknown messages", () => {
    const store = new RowStore(2);
    expect(() => store.append(dataRow("1"))).toThrow("a row of 1 columns in a result of 2");
    expect(() => store.append(patched(dataRow("1", "2"), 0, 0x5a))).toThrow("unknown row tag 90");
    expect(store.rowCount).toBe(0);
  });

  it("refuses values that reach beyond their row", () => {
    for (const first of [patched(dataRow("abc", "d"), 10, 200), patched(dataRow("abc", "d"), 7, 0x80)]) {
      const store = new RowStore(2);
      store.append(concat(first, dataRow("next", "row")));
      expect(() => store.cell(0, 1)).toThrow(MalformedFrame);
      expect(store.cell(1, 1)).toEqual({ kind: "text", text: "row" });
    }
  });

  it("leaves out the character that a cut falls into", () => {
    const store = new RowStore(1);
    store.append(concat(...[0, 1, 2, 3, 4, 5, 6, 7].map((kept) => largeRow({ text: "a€😀", kept }))));
    const cells = Array.from({ length: 8 }, (_, row) => store.cell(row, 0));
    expect(cells.map((cell) => (cell.kind === "null" ? null : cell.text))).toEqual(
      ["", "a", "a", "a", "a€", "a€", "a€", "a€"], // prettier-ignore
    );
  });

  it("decodes only as much of a value as is asked for", () => {
    const store = new RowStore(1);
    store.append(dataRow("ä".repeat(1000)));
    expect(store.cell(0, 0, 9)).toEqual({ kind: "text", text: "ääää" });
  });

  it("keeps a byte order mark, which is data", () => {
    const store = new RowStore(1);
    store.append(dataRow("\uFEFFx"));
    expect(store.cell(0, 0)).toEqual({ kind: "text", text: "\uFEFFx" });
  });

  it("shows invalid UTF-8 as replacement characters", () => {
    const store = new RowStore(1);
    store.append(patched(dataRow("abc"), 12, 0xff));
    expect(store.cell(0, 0)).toEqual({ kind: "text", text: "a\uFFFDc" });
  });

  it("puts a row in parts together wherever it was divided", () => {
    const row = dataRow("é".repeat(30), null);
    for (let most = 7; most <= row.byteLength; most += 1) {
      const store = new RowStore(2);
      store.append(dataRow("before", null));
      const parts = partsOf(row, most);
      const added = parts.map((part) => store.append(part));
      expect(added).toEqual(parts.map((_, at) => (at === parts.length - 1 ? 1 : 0)));
      store.append(dataRow("behind", ""));
      expect(read(store)).toEqual([
        [{ kind: "text", text: "before" }, { kind: "null" }],
        [{ kind: "text", text: "é".repeat(30) }, { kind: "null" }],
        [
          { kind: "text", text: "behind" },
          { kind: "text", text: "" },
        ],
      ]);
    }
  });

  it("counts a row's memory from its first part on, and gives it back where its end does not come", () => {
    const store = new RowStore(1);
    const empty = store.byteLength;
    const row = dataRow("x".repeat(1_000_000));
    const [first, second] = partsOf(row, 64_000);
    store.append(first ?? row);
    expect([store.rowCount, store.byteLength]).toEqual([0, empty + row.byteLength]);
    store.append(second ?? row);
    expect(store.byteLength).toBe(empty + row.byteLength);
    store.dropIncomplete();
    expect([store.rowCount, store.byteLength]).toEqual([0, empty]);
    for (const part of partsOf(row, 64_000)) store.append(part);
    expect([store.rowCount, store.byteLength]).toEqual([1, empty + row.byteLength]);
  });

  it("refuses parts that make no row", () => {
    const row = dataRow("x".repeat(100));
    const [first = row, second = row] = partsOf(row, 60);
    const large = partsOf(largeRow({ text: "x".repeat(100), kept: 90 }), 60)[0] ?? row;
    const refused: [string, ArrayBuffer[]][] = [
      ["a part is not a frame of its own", [concat(first, second)]],
      ["a part is not a frame of its own", [first.slice(0, 5)]],
      ["the first part lacks its row's header", [partsOf(row, 6)[0] ?? row]],
      ["the parts are of no row", [patched(first.slice(0), 6, 0x7f)]],
      ["the parts are of no row", [patched(first.slice(0), 6, 0xff)]],
      ["the parts are of no row", [large]],
      ["the parts are longer than their row", [first, first]],
      ["rows stand between the parts of one", [first, row]],
      ["a row of 2 columns in a result of 1", partsOf(dataRow("x".repeat(100), null), 60)],
    ];
    for (const [words, frames] of refused) {
      const store = new RowStore(1);
      expect(() => frames.forEach((frame) => store.append(frame))).toThrow(words);
      expect(store.rowCount).toBe(0);
    }
  });

  it("holds rows without columns", () => {
    const store = new RowStore(0);
    store.append(concat(dataRow(), dataRow(), dataRow()));
    expect(store.rowCount).toBe(3);
    expect(() => store.cell(0, 0)).toThrow(RangeError);
  });

  it("adds at most 9 bytes per row to the frames of a million rows and finds any of them", () => {
    const store = new RowStore(3);
    let bytes = 0;
    for (let first = 0; first < 1_000_000; first += 1000) {
      const frame = countingRows(first, 1000, 7, "x", null);
      bytes += frame.byteLength;
      store.append(frame);
    }
    expect(store.rowCount).toBe(1_000_000);
    expect(store.byteLength - bytes).toBeLessThanOrEqual(9_000_000);
    for (const row of [0, 1, 999, 1000, 123_456, 524_288, 999_999]) {
      expect(store.cell(row, 0)).toEqual({ kind: "text", text: String(row).padStart(7, "0") });
      expect(store.cell(row, 2)).toEqual({ kind: "null" });
    }
  });
});

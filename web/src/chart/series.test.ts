import { expect, it } from "vitest";

import type { GridColumnView } from "~/grid/columns";
import { concat, dataRow } from "~/run/frames.testing";
import { RowStore } from "~/run/rowStore";
import { chartData, likelyChoice, type ChartChoice } from "./series";

const column = (name: string, meaning: GridColumnView["meaning"]): GridColumnView => ({
  name,
  meaning,
  element: null,
  type: "",
  kind: "text",
  valueKind: "none",
  isKey: false,
});

function chart(kind: ChartChoice["kind"], meaning: GridColumnView["meaning"], ...rows: (string | null)[][]) {
  const store = new RowStore(2);
  store.append(concat(...rows.map((row) => dataRow(...row))));
  return chartData(store, rows.length, [column("a", meaning), column("b", "number")], { kind, x: 0, y: [1] });
}

it.each(["line", "bar", "scatter"] as const)("draws the points of a %s from left to right", (kind) => {
  const { x, y, left } = chart(kind, "number", ["30", "3"], ["-1", "1"], [null, "9"], ["2.5", null]);
  expect([...x]).toEqual([-1, 2.5, 30]);
  expect(y).toEqual([[1, null, 3]]);
  expect(left).toBe(1);
});

it("tells times from words, which stay in the order of the rows", () => {
  const times = chart("line", "text", ["2026-01-02", "2"], ["2026-01-01 12:00:00+01", "1"]);
  expect(times).toMatchObject({ scale: "time", y: [[1, 2]] });
  expect([...times.x]).toEqual([Date.UTC(2026, 0, 1, 11) / 1000, Date.UTC(2026, 0, 2) / 1000]);
  const words = chart("bar", "text", ["pear", "2"], ["apple", "1"], ["pear", "3"]);
  expect(words).toMatchObject({ scale: "words", labels: ["pear", "apple", "pear"], y: [[2, 1, 3]] });
});

it("gives dates their places, whatever their year, and infinite ones none", () => {
  const store = new RowStore(2);
  const rows = [
    ["infinity", "9"],
    ["2026-01-01", "2"],
    ["0044-03-15 BC", "1"],
  ];
  store.append(concat(...rows.map((row) => dataRow(...row))));
  const columns = [{ ...column("a", "text"), valueKind: "instant" } as const, column("b", "number")];
  expect(likelyChoice(columns, store)).toEqual({ kind: "line", x: 0, y: [1] });
  expect(chartData(store, 3, columns, { kind: "line", x: 0, y: [1] })).toMatchObject({
    scale: "time",
    y: [[1, 2]],
    left: 1,
  });
});

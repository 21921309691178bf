import { expect, it } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatClock,
  formatDuration,
  formatEstimate,
  formatTime,
  plural,
} from "./format";

it.each([
  [7, "7"],
  [999, "999"],
  [88_000, "88 k"],
  [1_234_567, "1.2 M"],
  [999_950, "1.0 M"],
  [31_000_000, "31 M"],
])("%d rows are about %s", (rows, text) => expect(formatEstimate(rows)).toBe(text));

it.each([
  [512, "512 B"],
  [8_601_000, "8.2 MB"],
  [214 * 2 ** 30, "214 GB"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [0.42, "0.4 ms"],
  [38, "38 ms"],
  [1_240, "1.2 s"],
  [125_000, "2 min 05 s"],
])("%d ms are %s", (time, text) => expect(formatDuration(time)).toBe(text));

it("a clock goes on past the hour", () => {
  expect(formatClock(42_000)).toBe("00:42");
  expect(formatClock(3_725_000)).toBe("1:02:05");
  expect(formatClock(-5)).toBe("00:00");
});

it("a time on another day says the day", () => {
  const now = new Date(2026, 10, 16, 10, 0);
  expect(formatTime(new Date(2026, 10, 16, 9, 5), now)).toBe("09:05");
  expect(formatTime(new Date(2026, 10, 17, 9, 5), now)).toBe("17 Nov 09:05");
});

it.each([
  [new Date(2026, 10, 16, 10, 0, 30), "now"],
  [new Date(2026, 10, 16, 9, 59, 40), "now"],
  [new Date(2026, 10, 16, 9, 48), "12 min ago"],
  [new Date(2026, 10, 16, 1, 50), "8 h ago"],
  [new Date(2026, 10, 15, 23, 0), "11 h ago"],
  [new Date(2026, 10, 15, 20, 0), "yesterday"],
  [new Date(2026, 8, 3, 12, 0), "3 Sep"],
  [new Date(2025, 11, 31, 12, 0), "31 Dec 2025"],
])("%s is %s", (at, text) => expect(formatAgo(at, new Date(2026, 10, 16, 10, 0))).toBe(text));

it("counts in words", () => {
  expect([plural(1, "row"), plural(1_204, "row")]).toEqual(["1 row", "1,204 rows"]);
});

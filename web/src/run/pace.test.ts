import { describe, expect, it } from "vitest";

import { Pace } from "./pace";

const KIB = 1024;

/** Takes in frames of 64 KiB, one each so many milliseconds. */
function windowAfter(frames: number, everyMs: number, pace = new Pace()): number {
  for (let at = 1; at <= frames; at += 1) pace.took(64 * KIB, at * everyMs);
  return pace.window;
}

describe("what may be under way", () => {
  it("is what comes in half a second, between the server's bounds", () => {
    expect(windowAfter(1, 10)).toBe(32 * KIB);
    expect(windowAfter(40, 10)).toBe(1024 * KIB);
    expect(windowAfter(40, 100)).toBe(320 * KIB);
    expect(windowAfter(40, 1000)).toBe(32 * KIB);
    expect(windowAfter(40, 4500)).toBe(8 * KIB);
  });

  it("grows over a long way until the line is full, as a small window alone keeps rows back there", () => {
    const pace = new Pace();
    pace.answered(1_300);
    pace.answered(600);
    // Each round trip brings a window's worth, up to what the line takes.
    const line = (bytes: number) => Math.min(bytes, 480 * KIB);
    for (let at = 0; at < 12; at += 1) pace.took(line(pace.window), at * 600);
    expect(pace.window).toBe(Math.round((480 * KIB * 1_100) / 600));
  });

  it("stays as it was over a pause, which tells nothing of the network", () => {
    const pace = new Pace();
    windowAfter(40, 100, pace);
    pace.took(64 * KIB, 60_000);
    expect(pace.window).toBe(320 * KIB);
    pace.took(64 * KIB, 60_100);
    expect(pace.window).toBe(320 * KIB);
  });
});

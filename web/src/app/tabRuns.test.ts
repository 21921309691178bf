import { beforeEach, expect, it, vi } from "vitest";

import { toast } from "~/ui/toast";
import { forgetRun, noteRunEnded, noteRunning, noteSeen, useTabRuns } from "./tabRuns";
import { goToTab, openTab } from "./tabs";

vi.mock("~/ui/toast", () => ({ toast: vi.fn() }));

let first: string;
let second: string;

beforeEach(() => {
  vi.mocked(toast).mockClear();
  first = openTab({ title: "first" });
  second = openTab({ title: "second" });
});

const stateOf = (id: string) => useTabRuns.getState().byTab[id];

it("marks a tab whose run ends out of sight until it is seen", () => {
  noteRunning(first);
  expect(stateOf(first)).toBe("running");
  noteRunEnded(first, { failed: true, words: "Error 42703: no such column" });
  expect(stateOf(first)).toBe("failed");
  // It was a matter of moments: the mark is enough.
  expect(toast).not.toHaveBeenCalled();
  noteSeen(first);
  expect(stateOf(first)).toBeUndefined();
});

it("tells of the end of a long run, elsewhere", () => {
  vi.useFakeTimers();
  noteRunning(first);
  noteRunning(second);
  vi.advanceTimersByTime(6_000);
  noteRunEnded(second, { failed: false, words: "All 3 rows" });
  noteRunEnded(first, { failed: false, words: "All 3 rows" });
  vi.useRealTimers();
  expect(toast).toHaveBeenCalledOnce();
  expect(toast).toHaveBeenCalledWith(expect.objectContaining({ text: "“first”: All 3 rows" }));
  expect([stateOf(first), stateOf(second)]).toEqual(["ended", undefined]);
  goToTab(first);
  forgetRun(first);
  expect(stateOf(first)).toBeUndefined();
});

import { act, renderHook } from "@testing-library/react";
import { File } from "lucide-react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useChoice } from "./choice";
import type { Found } from "./entries";

const entry = (id: string): Found => ({
  ...{ id, section: "Commands", icon: File, title: id, path: "", note: "", at: [] },
  open: () => undefined,
});
const [command, table, index] = [entry("command"), entry("table"), entry("index")];

let chosen: string[] = [];
const choose = ({ id }: Found) => void chosen.push(id);

beforeEach(() => {
  chosen = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

function shows(found: readonly Found[], settled = true) {
  const view = renderHook(
    (props: { found: readonly Found[]; settled: boolean }) => useChoice(props.found, props.settled, choose),
    { initialProps: { found, settled } },
  );
  return {
    enter: () => act(() => view.result.current.choose("open")),
    down: () => act(() => view.result.current.setAt(view.result.current.at + 1)),
    /** One types, and what is known at once stands there at once. */
    type: (found: readonly Found[]) =>
      act(() => {
        view.result.current.restart();
        view.rerender({ found, settled: true });
      }),
    comes: (found: readonly Found[], settled = true) => view.rerender({ found, settled }),
    at: () => view.result.current.at,
  };
}

it("waits for the first matches, and takes the best of them", () => {
  const list = shows([command], false);
  list.enter();
  expect(chosen).toEqual([]);
  list.comes([table, command]);
  expect(chosen).toEqual(["table"]);
});

it("takes what stood there when something better came in under the finger", () => {
  const list = shows([table]);
  vi.advanceTimersByTime(1000);
  list.comes([index, table]);
  vi.advanceTimersByTime(100);
  list.enter();
  expect(chosen).toEqual(["table"]);
});

it("takes the better one once it could be seen", () => {
  const list = shows([table]);
  list.comes([index, table]);
  vi.advanceTimersByTime(400);
  list.enter();
  expect(chosen).toEqual(["index"]);
});

it("takes the best for what was typed last, however quickly Enter follows", () => {
  const list = shows([command, table]);
  vi.advanceTimersByTime(1000);
  list.type([table, command]);
  vi.advanceTimersByTime(20);
  list.enter();
  expect(chosen).toEqual(["table"]);
});

it("keeps what was gone to, wherever it moves, until something else is typed", () => {
  const list = shows([command, table]);
  list.down();
  list.comes([index, command, table]);
  expect(list.at()).toBe(2);
  list.enter();
  list.type([index, command, table]);
  expect(list.at()).toBe(0);
  expect(chosen).toEqual(["table"]);
});

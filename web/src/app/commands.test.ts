import { afterEach, expect, it, vi } from "vitest";
import { currentCommands, handleKey, registerCommands } from "./commands";

const withdraw: (() => void)[] = [];
const offer = (source: string, keys: string, run = vi.fn()) => {
  withdraw.push(registerCommands(source, [{ id: source, title: source, keys, run }]));
  return run;
};
const press = (key: string, init: KeyboardEventInit = {}) =>
  new KeyboardEvent("keydown", { key, cancelable: true, ...init });

afterEach(() => {
  for (const one of withdraw.splice(0)) one();
  document.body.replaceChildren();
});

it("a key runs its command and is not left to the browser", () => {
  const run = offer("shell", "Mod+K");
  const event = press("k", { ctrlKey: true });
  handleKey(event);
  expect(run).toHaveBeenCalledOnce();
  expect(event.defaultPrevented).toBe(true);
});

it("a letter with Alt goes by its place, since Alt changes what it types", () => {
  const run = offer("shell", "Alt+N");
  handleKey(press("˜", { altKey: true, code: "KeyN" }));
  expect(run).toHaveBeenCalledOnce();
});

it("other modifiers are other keys", () => {
  const run = offer("shell", "Mod+K");
  handleKey(press("k", { ctrlKey: true, shiftKey: true }));
  handleKey(press("k"));
  expect(run).not.toHaveBeenCalled();
});

it("the part that came last wins, and its going leaves the one before", () => {
  const shell = offer("shell", "Alt+R");
  const tab = offer("tab", "Alt+R");
  handleKey(press("r", { altKey: true, code: "KeyR" }));
  withdraw.pop()?.();
  handleKey(press("r", { altKey: true, code: "KeyR" }));
  expect([shell, tab].map((run) => run.mock.calls.length)).toEqual([1, 1]);
  expect(currentCommands().map(({ id }) => id)).toEqual(["shell"]);
});

it("a part may offer a command of another's in its own way", () => {
  const run = vi.fn();
  const command = { id: "add", title: "Add", run };
  withdraw.push(registerCommands("shell", [command]));
  withdraw.push(registerCommands("first", [{ ...command, keys: "Alt+I" }]));
  expect(currentCommands()).toEqual([{ ...command, keys: "Alt+I" }]);
  handleKey(press("i", { altKey: true, code: "KeyI" }));
  expect(run).toHaveBeenCalledOnce();
});

it("keys are left alone that a part has taken, and all while a dialog is open", () => {
  const run = offer("shell", "Mod+K");
  const taken = press("k", { ctrlKey: true });
  taken.preventDefault();
  handleKey(taken);
  const dialog = document.createElement("div");
  dialog.setAttribute("role", "dialog");
  document.body.append(dialog);
  handleKey(press("k", { ctrlKey: true }));
  expect(run).not.toHaveBeenCalled();
});

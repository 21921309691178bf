import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { describe, expect, it } from "vitest";

import { selectionSteps } from "./expandSelection";
import { EDITOR_COMMANDS, type KeymapName } from "./editorCommands";

/** What the browser, or Howdah around the editor, does with a key. */
const TAKEN = /^(Mod\+(W|T|N|L|R|0|K|B|Enter|S|O)|F\d+|Alt\+([DEFBHSTV]|\d|N|W|A|C|X))$/;

describe.each(["default", "vscode", "datagrip"] satisfies KeymapName[])("the keymap %s", (name) => {
  const keys = EDITOR_COMMANDS.flatMap((command) => command.keys[name] ?? []);

  it("has each key once, and none that is taken elsewhere", () => {
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => TAKEN.test(key))).toEqual([]);
  });
});

describe("upper and lower case", () => {
  it.each([
    ["the word at the cursor", "select one", 9, 9, "select ONE"],
    ["what is selected", "select one", 0, 10, "SELECT ONE"],
    ["what grows with it", "straße", 0, 6, "STRASSE"],
    ["nothing where there is no word", "a  b", 2, 2, "a  b"],
  ])("change %s", (_, doc, anchor, head, expected) => {
    const view = new EditorView({ state: EditorState.create({ doc, selection: { anchor, head } }) });
    EDITOR_COMMANDS.find(({ id }) => id === "upper")?.run(view);
    expect(view.state.doc.toString()).toBe(expected);
    view.destroy();
  });
});

/** What a text is after a command; `|` is a caret, or both ends of what is selected. */
function after(ids: readonly string[], marked: string): string {
  const [before = "", middle, rest] = marked.split("|");
  const doc = before + (middle ?? "") + (rest ?? "");
  const head = rest === undefined ? before.length : before.length + (middle ?? "").length;
  const view = new EditorView({
    state: EditorState.create({
      doc,
      selection: { anchor: before.length, head },
      extensions: [selectionSteps, EditorState.allowMultipleSelections.of(true)],
    }),
  });
  for (const id of ids) EDITOR_COMMANDS.find((command) => command.id === id)?.run(view);
  const marks = view.state.selection.ranges.flatMap(({ from, to }) => (from === to ? [from] : [from, to]));
  let text = view.state.doc.toString();
  for (const mark of marks.sort((one, other) => other - one))
    text = `${text.slice(0, mark)}|${text.slice(mark)}`;
  view.destroy();
  return text;
}

describe("editing", () => {
  it.each([
    [["wider"], "select cou|nt(a) from t", "select |count|(a) from t"],
    [["wider", "wider"], "select f(a, g(b|b)) from t", "select f(a, g|(bb)|) from t"],
    [["wider", "wider", "wider"], "select f(a, g(b|b)) from t", "select f(|a, g(bb)|) from t"],
    [["wider", "wider"], "select 'on|e two' as x", "select '|one two|' as x"],
    [["wider", "wider", "wider", "wider"], "select 1; select (a|);", "|select 1; select (a);|"],
    [["wider", "wider", "narrower"], "select 'on|e two' as x", "select '|one| two' as x"],
    [["join"], "select a,|\n   b\nfrom t", "select a, b|\nfrom t"],
    [["join"], "|select a,\n   b\n from t|", "select a, b from t|"],
    [["line-ends"], "o|ne\ntw|o", "one|\ntwo|"],
    [["case"], "select |abc|", "select |ABC|"],
    [["case"], "select |ABC|", "select |abc|"],
  ])("does %j with %j", (ids, before, expected) => {
    expect(after(ids, before)).toBe(expected);
  });
});

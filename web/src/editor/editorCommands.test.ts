import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { describe, expect, it } from "vitest";

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

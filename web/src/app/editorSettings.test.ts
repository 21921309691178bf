import { expect, it } from "vitest";

import { DEFAULT_SETTINGS, readSettings } from "./editorSettings";

it.each([
  ["nothing", null, {}],
  [
    "what it knows",
    { fontSize: 16, tabWidth: 4, wrap: false, keymap: "vscode" },
    { fontSize: 16, tabWidth: 4, wrap: false, keymap: "vscode" },
  ],
  ["nothing that is not good", { fontSize: 900, tabWidth: "4", wrap: 1, keymap: "emacs" }, {}],
  [
    "snippets that have a name",
    { snippets: [{ name: "a", text: "b" }, { name: "" }, 7] },
    { snippets: [{ name: "a", text: "b" }] },
  ],
])("of stored settings it takes %s", (_, stored, expected) => {
  expect(readSettings(stored)).toEqual({ ...DEFAULT_SETTINGS, ...expected });
});

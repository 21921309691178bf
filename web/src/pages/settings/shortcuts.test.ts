import { describe, expect, it } from "vitest";

import text from "../../../../docs/keyboard.md?raw";
import { KEYMAPS } from "~/app/editorSettings";
import { EDITOR_COMMANDS } from "~/editor/editorCommands";
import { shortcutGroups } from "./shortcuts";

/** A row of a table in the documentation. */
const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const written = (keys: readonly string[]) =>
  keys.map((key) => key.replace(/\bMod\b/g, "Ctrl").replace("|", "\\|")).join(", ");

/** What `docs/keyboard.md` holds below its introduction. */
function documented(): string {
  const groups = shortcutGroups("default");
  const sections = groups.map(({ title, lines }) => {
    if (title !== "Editor")
      return [
        `## ${title}`,
        "",
        row("", "keys"),
        row("---", "---"),
        ...lines.map((line) => row(line.title, written(line.keys))),
      ];
    const commands = EDITOR_COMMANDS.filter(({ keys }) => Object.keys(keys).length > 0);
    const rest = lines.filter((line) => !commands.some((command) => command.title === line.title));
    return [
      `## ${title}`,
      "",
      row("", ...KEYMAPS.map(({ label }) => label)),
      row("---", ...KEYMAPS.map(() => "---")),
      ...commands.map(({ title, keys }) =>
        row(title, ...KEYMAPS.map(({ keymap }) => (keys[keymap] ? written([keys[keymap]]) : ""))),
      ),
      ...rest.map((line) => row(line.title, ...KEYMAPS.map(() => written(line.keys)))),
    ];
  });
  return sections.map((lines) => lines.join("\n")).join("\n\n");
}

describe("the keys", () => {
  it("stand in the documentation, all of them and as they are", () => {
    const from = text.indexOf("## Everywhere");
    expect(text.slice(from).trimEnd()).toBe(documented());
  });

  it("are each one thing's in a part of the page", () => {
    for (const { title, lines } of KEYMAPS.flatMap(({ keymap }) => shortcutGroups(keymap))) {
      const keys = lines.flatMap((line) => line.keys);
      if (title === "Everywhere" || title === "Query tab") expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

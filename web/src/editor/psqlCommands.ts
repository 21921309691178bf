import type { Completion } from "@codemirror/autocomplete";

import commands from "./psqlCommands.json";

/** The commands of psql that are answered here, with what each shows; `\?` lists them too. */
const COMMANDS = commands as [command: string, what: string][];

/** Those that begin as it was typed, whatever the case of its letters. */
export function commandsFor(typed: string): Completion[] {
  const begun = typed.toLowerCase();
  return COMMANDS.filter(([command]) => command.toLowerCase().startsWith(begun)).map(([label, detail]) => ({
    label,
    detail,
    type: "keyword",
  }));
}

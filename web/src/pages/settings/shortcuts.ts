import { shellCommands } from "~/app/shellCommands";
import { EDITOR_COMMANDS, type KeymapName } from "~/editor/editorCommands";
import { COPY_WITH_NAMES, EDIT_IN_TABLE } from "~/grid/gridMenu";
import { QUERY_KEYS } from "~/pages/query/queryKeys";
import type { Shortcut } from "~/ui/keys";

/** What can be done by key in one part of the page. */
export interface ShortcutGroup {
  readonly title: string;
  readonly lines: readonly ShortcutLine[];
}

export interface ShortcutLine {
  readonly title: string;
  readonly keys: readonly Shortcut[];
}

const line = (title: string, ...keys: Shortcut[]): ShortcutLine => ({ title, keys });

/** All keys, with those of the editor in a keymap. */
export function shortcutGroups(keymap: KeymapName): readonly ShortcutGroup[] {
  return [
    {
      title: "Everywhere",
      lines: shellCommands.flatMap(({ title, keys }) => (keys ? line(title, keys) : [])),
    },
    { title: "Query tab", lines: QUERY },
    {
      title: "Editor",
      lines: [
        ...EDITOR_COMMANDS.flatMap(({ title, keys }) => (keys[keymap] ? line(title, keys[keymap]) : [])),
        ...EDITOR,
      ],
    },
    { title: "Results and rows", lines: GRID },
    { title: "Rows that are changed", lines: DATA },
    { title: "Explorer and saved queries", lines: TREE },
    { title: "Dialogs and lists", lines: DIALOG },
  ];
}

const QUERY: readonly ShortcutLine[] = [
  line("Run statement or selection", QUERY_KEYS.run, "Mod+Shift+E"),
  line("Run all statements", QUERY_KEYS.runAll),
  line("Cancel run", QUERY_KEYS.cancel),
  line("Explain statement", QUERY_KEYS.explain),
  line("Explain statement and run it", QUERY_KEYS.explainAnalyze),
  line("Commit transaction", QUERY_KEYS.commit),
  line("Roll back transaction", QUERY_KEYS.rollBack),
  line("Format SQL", QUERY_KEYS.format),
  line("Go to error", QUERY_KEYS.goToError),
  line("Apply what the error suggests", "Alt+Enter"),
  line("Save where the text was opened from", QUERY_KEYS.save),
  line("Save as a query", QUERY_KEYS.saveQuery),
  line("Show notifications", QUERY_KEYS.notifications),
];

const EDITOR: readonly ShortcutLine[] = [
  line("Complete", "Ctrl+Space"),
  line("Rows of the relation under the pointer", "Mod+Click"),
  line("Another cursor", "Alt+Click"),
  line("A rectangle of text", "Alt+Shift+Drag"),
  line("Leave the editor", "Esc then Tab"),
];

const GRID: readonly ShortcutLine[] = [
  line("Copy what is selected", "Mod+C"),
  line("Copy with column names", COPY_WITH_NAMES),
  line("Edit rows in their table", EDIT_IN_TABLE),
  line("Find in the result", "Mod+F"),
  line("Look at the value", "Enter"),
  line("Menu of the cell", "Shift+F10"),
  line("Select all", "Mod+A"),
  line("To the first or last row", "Mod+Home", "Mod+End"),
  line("Between results", "ArrowLeft", "ArrowRight"),
];

const DATA: readonly ShortcutLine[] = [
  line("Apply changes", "Mod+S"),
  line("Undo change", "Mod+Z"),
  line("Redo change", "Mod+Shift+Z"),
  line("Add row", "Alt+I"),
  line("Duplicate rows", "Alt+U"),
  line("Delete rows", "Alt+Delete"),
  line("Set NULL", "Alt+0"),
  line("Set default", "Alt+="),
  line("Set empty text", "Alt+'"),
  line("Read rows again", "Alt+R"),
];

const TREE: readonly ShortcutLine[] = [
  line("Open", "Enter"),
  line("Rows of the table", "Alt+Enter"),
  line("Copy the name", "Mod+C"),
  line("Unfold and fold", "ArrowRight", "ArrowLeft"),
  line("Rename a saved query or folder", "Alt+R"),
  line("Cut, and paste into a folder", "Mod+X", "Mod+V"),
  line("Remove a saved query or folder", "Delete"),
];

const DIALOG: readonly ShortcutLine[] = [
  line("Do what the dialog is for", "Mod+Enter"),
  line("Close", "Esc"),
  line("Choose, and open", "Space", "Enter"),
];

import {
  addCursorAbove,
  addCursorBelow,
  copyLineDown,
  copyLineUp,
  cursorMatchingBracket,
  deleteLine,
  indentLess,
  indentMore,
  insertBlankLine,
  moveLineDown,
  moveLineUp,
  redo,
  toggleBlockComment,
  toggleComment,
  undo,
  undoSelection,
} from "@codemirror/commands";
import { foldAll, foldCode, unfoldAll, unfoldCode } from "@codemirror/language";
import {
  gotoLine,
  openSearchPanel,
  replaceAll,
  selectNextOccurrence,
  selectSelectionMatches,
} from "@codemirror/search";
import { EditorSelection, type Extension } from "@codemirror/state";
import { type Command, keymap } from "@codemirror/view";

import type { Shortcut } from "~/ui/keys";
import { selectNarrower, selectWider } from "./expandSelection";
import { cursorsAtLineEnds, joinLines, openReplace } from "./lineCommands";

/** Whose keys an editor has. */
export type KeymapName = "default" | "vscode" | "datagrip";

/** Something the editor can do to its text: it has a name in the palette, and often a key. */
export interface EditorCommand {
  readonly id: string;
  readonly title: string;
  readonly keys: Partial<Readonly<Record<KeymapName, Shortcut>>>;
  readonly run: Command;
}

function everywhere(keys: Shortcut): EditorCommand["keys"] {
  return { default: keys, vscode: keys, datagrip: keys };
}

/** All of them, with their keys in each keymap. None is one that the browser keeps for itself. */
export const EDITOR_COMMANDS: readonly EditorCommand[] = [
  { id: "find", title: "Find and replace", keys: everywhere("Mod+F"), run: openSearchPanel },
  { id: "replace", title: "Replace", keys: everywhere("Mod+H"), run: openReplace },
  { id: "replace-all", title: "Replace all matches", keys: {}, run: replaceAll },
  {
    id: "line",
    title: "Go to line",
    keys: { default: "Alt+G", vscode: "Ctrl+G", datagrip: "Mod+G" },
    run: gotoLine,
  },
  {
    id: "next-occurrence",
    title: "Select next occurrence",
    keys: { default: "Mod+D", vscode: "Mod+D", datagrip: "Alt+J" },
    run: selectNextOccurrence,
  },
  {
    id: "all-occurrences",
    title: "Select all occurrences",
    keys: { default: "Mod+Shift+L", vscode: "Mod+Shift+L", datagrip: "Mod+Alt+Shift+J" },
    run: selectSelectionMatches,
  },
  { id: "cursor-above", title: "Add cursor above", keys: everywhere("Mod+Alt+ArrowUp"), run: addCursorAbove },
  {
    id: "cursor-below",
    title: "Add cursor below",
    keys: everywhere("Mod+Alt+ArrowDown"),
    run: addCursorBelow,
  },
  {
    id: "line-ends",
    title: "Add cursors to line ends",
    keys: { default: "Alt+Shift+I", vscode: "Alt+Shift+I", datagrip: "Alt+Shift+G" },
    run: cursorsAtLineEnds,
  },
  {
    id: "cursor-undo",
    title: "Undo last cursor or selection",
    keys: { default: "Mod+U", vscode: "Mod+U", datagrip: "Alt+Shift+J" },
    run: undoSelection,
  },
  { id: "comment", title: "Comment or uncomment lines", keys: everywhere("Mod+/"), run: toggleComment },
  {
    id: "block-comment",
    title: "Comment or uncomment selection",
    keys: { default: "Alt+Shift+A", vscode: "Alt+Shift+A", datagrip: "Mod+Shift+/" },
    run: toggleBlockComment,
  },
  { id: "indent", title: "Indent lines", keys: everywhere("Mod+]"), run: indentMore },
  { id: "outdent", title: "Outdent lines", keys: everywhere("Mod+["), run: indentLess },
  {
    id: "line-up",
    title: "Move lines up",
    keys: { default: "Alt+ArrowUp", vscode: "Alt+ArrowUp", datagrip: "Alt+Shift+ArrowUp" },
    run: moveLineUp,
  },
  {
    id: "line-down",
    title: "Move lines down",
    keys: { default: "Alt+ArrowDown", vscode: "Alt+ArrowDown", datagrip: "Alt+Shift+ArrowDown" },
    run: moveLineDown,
  },
  {
    id: "copy-up",
    title: "Copy lines up",
    keys: { default: "Alt+Shift+ArrowUp", vscode: "Alt+Shift+ArrowUp" },
    run: copyLineUp,
  },
  {
    id: "copy-down",
    title: "Copy lines down",
    keys: { default: "Alt+Shift+ArrowDown", vscode: "Alt+Shift+ArrowDown", datagrip: "Mod+D" },
    run: copyLineDown,
  },
  {
    id: "delete-line",
    title: "Delete lines",
    keys: { default: "Mod+Shift+K", vscode: "Mod+Shift+K", datagrip: "Mod+Y" },
    run: deleteLine,
  },
  {
    id: "line-below",
    title: "Begin a line below",
    keys: { default: "Shift+Enter", datagrip: "Shift+Enter" },
    run: insertBlankLine,
  },
  {
    id: "join",
    title: "Join lines",
    keys: { default: "Mod+J", vscode: "Mod+J", datagrip: "Mod+Shift+J" },
    run: joinLines,
  },
  {
    id: "wider",
    title: "Select more around the cursor",
    keys: everywhere("Alt+Shift+ArrowRight"),
    run: selectWider,
  },
  {
    id: "narrower",
    title: "Select less around the cursor",
    keys: everywhere("Alt+Shift+ArrowLeft"),
    run: selectNarrower,
  },
  {
    id: "bracket",
    title: "Go to matching bracket",
    keys: { default: "Mod+Shift+\\", vscode: "Mod+Shift+\\", datagrip: "Mod+Shift+M" },
    run: cursorMatchingBracket,
  },
  { id: "fold", title: "Fold statement", keys: everywhere("Mod+Shift+["), run: foldCode },
  { id: "unfold", title: "Unfold statement", keys: everywhere("Mod+Shift+]"), run: unfoldCode },
  { id: "fold-all", title: "Fold all statements", keys: everywhere("Mod+Alt+["), run: foldAll },
  { id: "unfold-all", title: "Unfold all statements", keys: everywhere("Mod+Alt+]"), run: unfoldAll },
  {
    id: "upper",
    title: "Upper case",
    keys: everywhere("Alt+U"),
    run: inCase((text) => text.toUpperCase()),
  },
  { id: "lower", title: "Lower case", keys: everywhere("Alt+L"), run: inCase((text) => text.toLowerCase()) },
  {
    id: "case",
    title: "Switch between upper and lower case",
    keys: { datagrip: "Mod+Shift+U" },
    run: inCase((text) => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase())),
  },
  { id: "undo", title: "Undo", keys: everywhere("Mod+Z"), run: undo },
  { id: "redo", title: "Redo", keys: everywhere("Mod+Shift+Z"), run: redo },
];

/** The keys of a keymap, for the editor. */
export function commandKeys(name: KeymapName): Extension {
  return keymap.of(
    EDITOR_COMMANDS.flatMap(({ keys, run }) => {
      const key = keys[name];
      return key === undefined ? [] : [{ key: asCodeMirror(key), run, preventDefault: true }];
    }),
  );
}

/** `Mod+Shift+K` is `Mod-Shift-k` there. */
function asCodeMirror(shortcut: Shortcut): string {
  const parts = shortcut.split("+");
  return parts.map((part) => (part.length === 1 ? part.toLowerCase() : part)).join("-");
}

/** Writes what is selected otherwise, or else the word at the cursor. */
function inCase(write: (text: string) => string): Command {
  return (view) => {
    const { state } = view;
    const changes = state.changeByRange((range) => {
      const { from, to } = range.empty ? (state.wordAt(range.head) ?? range) : range;
      const insert = write(state.sliceDoc(from, to));
      const moved = insert.length - (to - from);
      return {
        changes: { from, to, insert },
        range: range.empty ? range : EditorSelection.range(range.anchor, range.head + Math.min(0, moved)),
      };
    });
    view.dispatch(state.update(changes, { userEvent: "input.case", scrollIntoView: true }));
    return true;
  };
}

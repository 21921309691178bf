import { create } from "zustand";

/** Which editor's keys the editor has. */
export type Keymap = "default" | "vscode" | "datagrip";

/** A text of one's own that completion offers. `${name}` marks places to fill in. */
export interface OwnSnippet {
  readonly name: string;
  readonly text: string;
}

/** How a person likes the editor. */
export interface EditorSettings {
  readonly fontSize: number;
  readonly tabWidth: number;
  readonly wrap: boolean;
  readonly keymap: Keymap;
  readonly snippets: readonly OwnSnippet[];
}

export const KEYMAPS: readonly { keymap: Keymap; label: string }[] = [
  { keymap: "default", label: "Howdah" },
  { keymap: "vscode", label: "VS Code" },
  { keymap: "datagrip", label: "DataGrip" },
];
export const FONT_SIZES = [11, 12, 13, 14, 15, 16, 18, 20];
export const TAB_WIDTHS = [2, 3, 4, 8];
/** More are not kept, and no longer ones: the server keeps 64 KiB of what a person prefers. */
export const MAX_SNIPPETS = 40;
export const MAX_SNIPPET_LENGTH = 1000;
export const MAX_SNIPPET_NAME = 60;

export const DEFAULT_SETTINGS: EditorSettings = {
  fontSize: 13,
  tabWidth: 2,
  wrap: true,
  keymap: "default",
  snippets: [],
};

const KEY = "howdah:editor";

export const useEditorSettings = create<EditorSettings>()(() => storedSettings());

/** Changes settings for this person, in every editor at once. */
export function changeEditorSettings(change: Partial<EditorSettings>): void {
  useEditorSettings.setState(change);
  try {
    localStorage.setItem(KEY, JSON.stringify(useEditorSettings.getState()));
  } catch {
    // A full or shut storage: the change holds until the page is left.
  }
}

function storedSettings(): EditorSettings {
  try {
    return readSettings(JSON.parse(localStorage.getItem(KEY) ?? "null"));
  } catch {
    return DEFAULT_SETTINGS;
  }
}

/** Settings out of what was stored, with the default in place of what is not good. */
export function readSettings(stored: unknown): EditorSettings {
  if (typeof stored !== "object" || stored === null) return DEFAULT_SETTINGS;
  const { fontSize, tabWidth, wrap, keymap, snippets } = stored as Readonly<Record<string, unknown>>;
  return {
    fontSize: FONT_SIZES.find((size) => size === fontSize) ?? DEFAULT_SETTINGS.fontSize,
    tabWidth: TAB_WIDTHS.find((width) => width === tabWidth) ?? DEFAULT_SETTINGS.tabWidth,
    wrap: typeof wrap === "boolean" ? wrap : DEFAULT_SETTINGS.wrap,
    keymap: KEYMAPS.find((known) => known.keymap === keymap)?.keymap ?? DEFAULT_SETTINGS.keymap,
    snippets: Array.isArray(snippets) ? snippets.filter(isSnippet).slice(0, MAX_SNIPPETS) : [],
  };
}

function isSnippet(value: unknown): value is OwnSnippet {
  if (typeof value !== "object" || value === null) return false;
  const { name, text } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || typeof text !== "string") return false;
  return name.length + text.length <= MAX_SNIPPET_LENGTH + MAX_SNIPPET_NAME;
}

addEventListener("storage", ({ key }) => {
  if (key === KEY) useEditorSettings.setState(storedSettings());
});

import type { EditorState, StateEffect } from "@codemirror/state";

/** What an editor leaves behind when its tab goes out of sight: text, cursor, undo history, and where it was scrolled. */
export interface KeptEditor {
  readonly state: EditorState;
  readonly scroll: StateEffect<unknown>;
}

const kept = new Map<string, KeptEditor>();

export function keepEditor(id: string, editor: KeptEditor): void {
  kept.set(id, editor);
}

export function keptEditor(id: string): KeptEditor | null {
  return kept.get(id) ?? null;
}

/** Its tab is closed. */
export function forgetEditor(id: string): void {
  kept.delete(id);
}

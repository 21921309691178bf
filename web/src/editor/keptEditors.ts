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

/** Editors that are in sight, by their names: what puts a text where the caret is. */
const inSight = new Map<string, (text: string) => void>();

/** Says how to put a text into an editor that has come into sight. Returns what withdraws it. */
export function offerInsertion(id: string, insert: (text: string) => void): () => void {
  inSight.set(id, insert);
  return () => {
    if (inSight.get(id) === insert) inSight.delete(id);
  };
}

/** Puts a text where the caret of an editor is, in place of what is selected. False when the editor is not in sight. */
export function insertIntoEditor(id: string, text: string): boolean {
  const insert = inSight.get(id);
  insert?.(text);
  return insert !== undefined;
}

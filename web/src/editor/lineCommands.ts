import { openSearchPanel } from "@codemirror/search";
import { EditorSelection } from "@codemirror/state";
import type { Command, EditorView } from "@codemirror/view";

/** The search panel, with the caret where the replacement is written. */
export function openReplace(view: EditorView): boolean {
  if (!openSearchPanel(view)) return false;
  requestAnimationFrame(() => view.dom.querySelector<HTMLElement>('.cm-search [name="replace"]')?.focus());
  return true;
}

/** Pulls the line below up to the one of the cursor, or all lines of a selection to one. */
export const joinLines: Command = (view) => {
  const { state } = view;
  const changes = state.changeByRange((range) => {
    const first = state.doc.lineAt(range.from);
    const last = state.doc.lineAt(range.to);
    const through = last.number === first.number ? Math.min(last.number + 1, state.doc.lines) : last.number;
    const end = state.doc.line(through).to;
    const insert = state
      .sliceDoc(first.to, end)
      .replace(/\s*\n\s*/g, " ")
      .replace(/^ $/, "");
    return {
      changes: { from: first.to, to: end, insert },
      range: EditorSelection.cursor(first.to + (insert === "" ? 0 : insert.length)),
    };
  });
  view.dispatch(state.update(changes, { userEvent: "input.join", scrollIntoView: true }));
  return true;
};

/** Puts a cursor at the end of each line that is selected. */
export const cursorsAtLineEnds: Command = (view) => {
  const { state } = view;
  const ends = new Set<number>();
  for (const { from, to } of state.selection.ranges) {
    for (let at = from; at <= to;) {
      const line = state.doc.lineAt(at);
      ends.add(line.to);
      at = line.to + 1;
    }
  }
  const ranges = [...ends].map((end) => EditorSelection.cursor(end));
  view.dispatch(state.update({ selection: EditorSelection.create(ranges), userEvent: "select" }));
  return true;
};

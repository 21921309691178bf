import { EditorView } from "@codemirror/view";

/** The kind of dragged data that names a table's columns, beside the table's own name. */
export const COLUMNS_TYPE = "application/x-howdah-columns";

/** A table that is dropped with Shift leaves its columns' names. Browsers begin no drag while Shift is held, so the end decides. */
export const columnDrop = EditorView.domEventHandlers({
  drop(event, view) {
    const columns = event.shiftKey ? event.dataTransfer?.getData(COLUMNS_TYPE) : "";
    if (columns === undefined || columns === "" || view.state.readOnly) return false;
    event.preventDefault();
    const at = view.posAtCoords({ x: event.clientX, y: event.clientY }) ?? view.state.doc.length;
    view.dispatch({
      changes: { from: at, insert: columns },
      selection: { anchor: at + columns.length },
      userEvent: "input.drop",
    });
    view.focus();
    return true;
  },
});

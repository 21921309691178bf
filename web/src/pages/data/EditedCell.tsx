import type { TablePlace } from "~/api/tableData";
import type { TableShape } from "~/api/types";
import { item } from "~/run/item";
import { CellEditor } from "./CellEditor";
import type { Display } from "./display";
import { ReferencePicker, referenceOf } from "./ReferencePicker";
import { valueAt } from "./tableCells";
import type { TableRows } from "./tableRows";
import type { Editing, RowEdits } from "./useRowEdits";

interface EditedCellProps {
  readonly editing: Editing;
  readonly edits: RowEdits;
  readonly shape: TableShape;
  readonly display: Display;
  readonly place: TablePlace;
  readonly rows: TableRows;
}

/** The editor over the cell that is being changed. */
export function EditedCell({ editing, edits, shape, display, place, rows }: EditedCellProps) {
  const { whole, keep, choose, leave } = edits;
  const column = item(display.columns, editing.column);
  const reference = referenceOf(shape, column.name);
  return (
    <CellEditor
      key={`${editing.row}-${editing.column}-${editing.typed === null ? whole.kind : "typed"}`}
      column={column}
      label={`${column.name}, row ${editing.row + 1}`}
      value={whole.kind === "whole" ? { kind: "text", text: whole.text } : valueAt(display, editing)}
      typed={editing.typed}
      whole={whole}
      place={editing.place}
      onDone={keep}
      onCancel={leave}
      picker={
        reference && <ReferencePicker place={place} reference={reference} rows={rows} onChoose={choose} />
      }
    />
  );
}

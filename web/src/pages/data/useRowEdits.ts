import { type CSSProperties, type RefObject, useState } from "react";

import type { TableShape } from "~/api/types";
import type { CellValue, CellValues } from "~/app/dataTab";
import type { Tab } from "~/app/tabs";
import type { CellPlace, GridHandle } from "~/grid/ResultGrid";
import { item } from "~/run/item";
import { formatCount, plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import type { Then } from "./CellEditor";
import type { Display } from "./display";
import { type Edited, Edits } from "./edits";
import type { ReadOnlyWords } from "./readOnlyWords";
import { addRow } from "./staged";
import { firstToFill, moved, placeOf } from "./tableCells";
import type { TableRows } from "./tableRows";
import type { Staging } from "./useStaging";
import { useWholeValue, type WholeValue } from "./wholeValue";

/** The cell whose value is being typed. */
export interface Editing extends CellPlace {
  /** Where the editor stands in the grid's frame. */
  readonly place: CSSProperties;
  readonly typed: string | null;
}

interface Given {
  readonly tab: Tab;
  readonly shape: TableShape;
  readonly rows: TableRows;
  readonly display: Display;
  readonly staging: Staging;
  readonly readOnly: ReadOnlyWords;
  readonly grid: RefObject<GridHandle | null>;
  /** What the grid stands in. */
  readonly frame: RefObject<HTMLElement | null>;
  readonly current: CellPlace | null;
  /** Rows whose numbers are selected. */
  readonly selectedRows: readonly number[];
  /** Shows a value that cannot be changed. */
  readonly onLook: (at: CellPlace) => void;
}

/** What a person does with the cells and rows at hand. All of it is staged. */
export interface RowEdits {
  readonly editing: Editing | null;
  /** The value that is being changed. */
  readonly whole: WholeValue;
  /** Opens the editor of a cell, or says why it has none. */
  readonly edit: (at: CellPlace, typed?: string) => void;
  /** The editor's value is to be kept. */
  readonly keep: (value: CellValue, then: Then) => void;
  /** Another row was chosen for the columns of a foreign key. */
  readonly choose: (values: CellValues) => void;
  /** Closes the editor. */
  readonly leave: () => void;
  readonly add: () => void;
  readonly duplicate: () => void;
  readonly remove: () => void;
  /** Puts a value into all cells that are selected. */
  readonly fill: (value: CellValue) => void;
  readonly fillDown: () => void;
  readonly paste: (text: string) => void;
}

export function useRowEdits(given: Given): RowEdits {
  const { tab, shape, rows, display, readOnly, grid, frame, current, selectedRows, onLook } = given;
  const { staged, stage } = given.staging;
  const [editing, setEditing] = useState<Editing | null>(null);
  const whole = useWholeValue(tab, rows, display, editing);
  const edits = new Edits(display, rows, shape, staged, readOnly);

  const leave = () => {
    setEditing(null);
    grid.current?.focus();
  };
  /** Stages what became of an edit, and says why some of it was not done. */
  const stageEdited = ({ staged: next, lock }: Edited) => {
    stage(next);
    if (lock !== null) toast({ tone: "info", text: lock });
  };
  const rowsAtHand = () => (selectedRows.length > 0 ? selectedRows : current ? [current.row] : []);

  return {
    editing,
    whole,
    edit: (at, typed) => {
      const lock = edits.lockOf(at);
      if (lock !== null) {
        // What cannot be changed can still be looked at.
        if (typed === undefined && display.row(at.row).kind === "read") onLook(at);
        return toast({ tone: "info", text: lock });
      }
      const bounds = grid.current?.boundsOf(at);
      const around = frame.current?.getBoundingClientRect();
      if (!bounds || !around) return;
      setEditing({ ...at, typed: typed ?? null, ...placeOf(bounds, around) });
    },
    keep: (value, then) => {
      if (!editing) return;
      const { name } = item(display.columns, editing.column);
      const read = whole.kind === "whole" ? { [name]: whole.text } : {};
      stage(edits.set(editing.row, { [name]: value }, read));
      grid.current?.show(moved(editing, then, display.rowCount, display.columns.length));
      leave();
    },
    choose: (values) => {
      if (editing) stage(edits.set(editing.row, values));
      leave();
    },
    leave,
    add: () => {
      if (readOnly.add !== null) return toast({ tone: "info", text: readOnly.add });
      stage(addRow(staged, {}).staged);
      const first = staged.filter(({ type }) => type === "insert").length;
      requestAnimationFrame(() => {
        grid.current?.show({ row: first, column: firstToFill(display) });
        grid.current?.focus();
      });
    },
    duplicate: () => stageEdited(edits.duplicate(rowsAtHand())),
    remove: () => stageEdited(edits.remove(rowsAtHand())),
    fill: (value) => {
      const block = grid.current?.block();
      if (block) stageEdited(edits.fill(block, value));
    },
    fillDown: () => {
      const block = grid.current?.block();
      if (block) stageEdited(edits.fillDown(block));
    },
    paste: (text) => {
      if (!current) return;
      const pasted = edits.paste(text, current);
      stageEdited(pasted);
      if (pasted.lock !== null || pasted.added === 0) return;
      toast({ text: `Pasted ${plural(pasted.pasted, "row")}, ${formatCount(pasted.added)} of them new` });
    },
  };
}

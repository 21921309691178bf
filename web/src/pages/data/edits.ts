import type { TableShape } from "~/api/types";
import type { CellValue, CellValues, KnownCells, StagedChange } from "~/app/dataTab";
import type { CellBlock } from "~/grid/copyText";
import type { CellPlace } from "~/grid/ResultGrid";
import { item } from "~/run/item";
import { plural } from "~/ui/format";
import type { Display } from "./display";
import { lockOfColumn, lockOfNew } from "./locks";
import { pastedRows } from "./paste";
import type { ReadOnlyWords } from "./readOnlyWords";
import { addRow, deleteRow, dropChange, editInsert, editRow } from "./staged";
import { copyOfRow } from "./tableCells";
import { readRow, type TableRows } from "./tableRows";

type Staged = readonly StagedChange[];

/** What became of an edit of many cells. */
export interface Edited {
  readonly staged: Staged;
  /** Why some of the cells stayed as they were. */
  readonly lock: string | null;
  /** New rows. */
  readonly added: number;
}

/** Cells that are set at once. */
const MOST_CELLS = 50_000;

/** What can be done with the cells and rows of a table, as changes that wait. */
export class Edits {
  readonly #display: Display;
  readonly #rows: TableRows;
  readonly #shape: TableShape;
  readonly #staged: Staged;
  readonly #readOnly: ReadOnlyWords;

  constructor(display: Display, rows: TableRows, shape: TableShape, staged: Staged, readOnly: ReadOnlyWords) {
    this.#display = display;
    this.#rows = rows;
    this.#shape = shape;
    this.#staged = staged;
    this.#readOnly = readOnly;
  }

  /** Why a cell cannot be changed; null when it can. */
  lockOf({ row, column }: CellPlace): string | null {
    const shown = this.#display.row(row);
    const about = item(this.#display.columns, column);
    if (shown.kind === "insert") return lockOfNew(about);
    if (this.#readOnly.edit !== null) return this.#readOnly.edit;
    if (shown.change?.type === "delete") return "This row is to be deleted. Undo that first.";
    return lockOfColumn(about, this.#shape);
  }

  /** Sets cells of a row. `read` has values that came whole only later. */
  set(row: number, values: CellValues, read: KnownCells = {}): Staged {
    return this.#with(this.#staged, row, values, read);
  }

  /** Puts one value into all cells of a block. */
  fill(block: CellBlock, value: CellValue): Edited {
    return this.#each(block, ({ column }) => {
      const { name, not_null: notNull } = item(this.#display.columns, column);
      return value.kind === "null" && notNull ? `${name} takes no NULL.` : value;
    });
  }

  /** Puts what stands in the first row of a block into all rows below. */
  fillDown(block: CellBlock): Edited {
    const first = block.rows[0]?.[0];
    if (first === undefined) return { staged: this.#staged, lock: null, added: 0 };
    return this.#each(block, ({ row, column }) => {
      if (row === first) return null;
      const { name } = item(this.#display.columns, column);
      const cell = this.#display.valueOf(first, name);
      if (cell?.kind === "cut") return `Only the beginning of ${name} is here. Open the value first.`;
      return this.#display.stagedValue(first, column) ?? valueOfCell(cell);
    });
  }

  /** Puts a block from a spreadsheet in at a cell. What runs over the end is new rows. */
  paste(text: string, at: CellPlace): Edited & { readonly pasted: number } {
    const { columns, rowCount } = this.#display;
    const pasted = pastedRows(text);
    let staged = this.#staged;
    let lock: string | null = null;
    let added = 0;
    let over = 0;
    for (const [down, line] of pasted.entries()) {
      const row = at.row + down;
      const isNew = row >= rowCount;
      if (isNew && this.#readOnly.add !== null) {
        lock = this.#readOnly.add;
        break;
      }
      const values: Record<string, CellValue> = {};
      for (const [right, cell] of line.entries()) {
        const column = at.column + right;
        const about = columns[column];
        if (!about) {
          over += 1;
          continue;
        }
        const why = isNew ? lockOfNew(about) : this.lockOf({ row, column });
        if (why === null) values[about.name] = cell;
        else lock = why;
      }
      if (Object.keys(values).length === 0) continue;
      if (isNew) {
        staged = addRow(staged, values).staged;
        added += 1;
      } else staged = this.#with(staged, row, values);
    }
    if (over > 0 && lock === null) lock = `${plural(over, "value")} ran over the last column and stayed out.`;
    return { staged, lock, added, pasted: pasted.length };
  }

  /** Marks rows as going, or lets them stay when all of them are marked. New rows go at once. */
  remove(rows: readonly number[]): Edited {
    const shown = rows.map((row) => this.#display.row(row));
    const { remove } = this.#readOnly;
    if (remove !== null && shown.some(({ kind }) => kind === "read")) {
      return { staged: this.#staged, lock: remove, added: 0 };
    }
    const all = shown.every(({ kind, change }) => kind === "read" && change?.type === "delete");
    let staged = this.#staged;
    for (const row of shown) {
      if (row.kind === "insert") staged = dropChange(staged, row.change.id);
      else if (all || row.change?.type !== "delete") {
        staged = deleteRow(staged, readRow(this.#rows, this.#shape, row.index));
      }
    }
    return { staged, lock: null, added: 0 };
  }

  /** New rows with what stands in others. */
  duplicate(rows: readonly number[]): Edited {
    if (this.#readOnly.add !== null) return { staged: this.#staged, lock: this.#readOnly.add, added: 0 };
    let staged = this.#staged;
    for (const row of rows) staged = addRow(staged, copyOfRow(this.#display, row)).staged;
    const cut = rows.flatMap((row) =>
      this.#display.readable.filter(({ name }) => this.#display.valueOf(row, name)?.kind === "cut"),
    );
    const lock =
      cut.length === 0
        ? null
        : `${cut[0]?.name ?? ""} is too long to be copied: the new row has its default.`;
    return { staged, lock, added: rows.length };
  }

  #each(block: CellBlock, valueAt: (at: CellPlace) => CellValue | string | null): Edited {
    let staged = this.#staged;
    let lock: string | null = null;
    let count = 0;
    for (const [first, end] of block.rows) {
      for (let row = first; row < end; row += 1) {
        const values: Record<string, CellValue> = {};
        for (const column of block.columns) {
          const value = valueAt({ row, column });
          if (value === null) continue;
          const why = this.lockOf({ row, column }) ?? (typeof value === "string" ? value : null);
          if (why !== null) lock = why;
          else if (typeof value !== "string") values[item(this.#display.columns, column).name] = value;
        }
        count += block.columns.length;
        if (count > MOST_CELLS)
          return { staged, lock: "Only the first cells were set: select fewer.", added: 0 };
        if (Object.keys(values).length > 0) staged = this.#with(staged, row, values);
      }
    }
    return { staged, lock, added: 0 };
  }

  #with(staged: Staged, row: number, values: CellValues, read: KnownCells = {}): Staged {
    const shown = this.#display.row(row);
    if (shown.kind === "insert") return editInsert(staged, shown.change.id, values);
    const { key, cells } = readRow(this.#rows, this.#shape, shown.index);
    return editRow(staged, { key, cells: { ...cells, ...read } }, values);
  }
}

function valueOfCell(cell: { kind: string; text?: string } | null): CellValue {
  return cell?.kind === "text" ? { kind: "text", text: cell.text ?? "" } : { kind: "null" };
}

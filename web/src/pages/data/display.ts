import type { CellValue, StagedChange } from "~/app/dataTab";
import type { TableColumn, TableShape } from "~/api/types";
import { item } from "~/run/item";
import type { Cell } from "~/run/rowStore";
import type { CellSource } from "~/grid/cells";
import { valueKind } from "~/grid/valueKind";
import { columnKind, elementOf, meaningOf } from "~/grid/columnKind";
import type { GridColumnView } from "~/grid/columns";
import type { RowSign, Tone } from "~/grid/tone";
import { lockOfColumn, lockOfNew } from "./locks";
import { keyColumns, readableColumns } from "./rowsSql";
import { changesByRow, keyOf } from "./staged";
import { typeWords } from "./typeWords";
import type { TableRows } from "./tableRows";

/** Of a changed row that is still in sight. */
const LEFT = "This row no longer matches the filter. It stays in sight until the rows are read again.";

type Insert = Extract<StagedChange, { type: "insert" }>;

/** What stands in a row of the grid: a new row, or one that was read with what is to become of it. */
export type DisplayRow =
  | { readonly kind: "insert"; readonly change: Insert }
  | { readonly kind: "read"; readonly index: number; readonly change: StagedChange | null };

/** What became of a change when it was tried, as far as it stands in the way. */
export interface Trouble {
  readonly words: string;
  readonly columns: readonly string[];
  readonly isConflict: boolean;
}

/** Rows as the grid shows them: new ones first, then those that were read, with staged values over them. */
export class Display implements CellSource {
  /** The columns that are shown, in their order. */
  readonly columns: readonly TableColumn[];
  /** All columns that can be read, as they are read. */
  readonly readable: readonly TableColumn[];
  /** For each shown column its place among those that are read. */
  readonly #places: readonly number[];
  readonly #rows: TableRows;
  readonly #shape: TableShape;
  readonly #inserts: readonly Insert[];
  readonly #changes: ReadonlyMap<string, StagedChange>;
  /** For each shown column why it cannot be changed. Empty where no row can be: that is said of the whole table. */
  readonly #locks: readonly (string | null)[];
  readonly #keys: readonly string[];
  readonly #keyPlaces: readonly number[];
  readonly #troubles: ReadonlyMap<string, Trouble>;
  readonly rowCount: number;

  constructor(
    rows: TableRows,
    shape: TableShape,
    staged: readonly StagedChange[],
    troubles: ReadonlyMap<string, Trouble>,
    places: readonly number[],
    takesEdits: boolean,
  ) {
    this.#rows = rows;
    this.#shape = shape;
    this.readable = readableColumns(shape);
    this.#places = places.filter((place) => place < this.readable.length);
    this.columns = this.#places.map((place) => item(this.readable, place));
    this.#locks = takesEdits ? this.columns.map((column) => lockOfColumn(column, shape)) : [];
    this.#inserts = staged.filter((change) => change.type === "insert");
    this.#changes = changesByRow(staged);
    this.#keys = keyColumns(shape);
    this.#keyPlaces = this.#keys.map((name) => this.readable.findIndex((column) => column.name === name));
    this.#troubles = troubles;
    this.rowCount = this.#inserts.length + rows.view().rowCount;
  }

  row(row: number): DisplayRow {
    const change = this.#inserts[row];
    if (change) return { kind: "insert", change };
    const index = row - this.#inserts.length;
    return { kind: "read", index, change: this.#changeOf(index) };
  }

  /** The place of a change in the grid; null when its row has not been read. */
  placeOf(change: StagedChange): number | null {
    const insert = this.#inserts.findIndex(({ id }) => id === change.id);
    if (insert >= 0) return insert;
    const { rowCount } = this.#rows.view();
    for (let index = 0; index < rowCount; index += 1) {
      if (this.#changeOf(index)?.id === change.id) return index + this.#inserts.length;
    }
    return null;
  }

  /** The value that is staged for a cell; null when none is. */
  stagedValue(row: number, column: number): CellValue | null {
    return this.#stagedOf(row, item(this.columns, column).name);
  }

  /** What a row holds in a column, be it shown or not; staged values go before those that were read. */
  valueOf(row: number, name: string): Cell | null {
    const place = this.readable.findIndex((column) => column.name === name);
    const value = this.#stagedOf(row, name);
    if (value) return value.kind === "text" ? { kind: "text", text: value.text } : { kind: "null" };
    return place < 0 ? null : this.#rows.cell(row - this.#inserts.length, place);
  }

  /** Where a column is shown; null when it is not. */
  shownAt(name: string): number | null {
    const at = this.columns.findIndex((column) => column.name === name);
    return at < 0 ? null : at;
  }

  #stagedOf(row: number, name: string): CellValue | null {
    const shown = this.row(row);
    if (shown.kind === "insert") return shown.change.values[name] ?? { kind: "default" };
    return shown.change?.type === "update" ? (shown.change.values[name] ?? null) : null;
  }

  cell(row: number, column: number, maxBytes?: number): Cell {
    const value = this.stagedValue(row, column);
    if (value) return value.kind === "text" ? { kind: "text", text: value.text } : { kind: "null" };
    return this.readCell(row, column, maxBytes);
  }

  /** A cell as it was read. */
  readCell(row: number, column: number, maxBytes?: number): Cell {
    return this.#rows.cell(row - this.#inserts.length, item(this.#places, column), maxBytes);
  }

  hint(row: number, column: number): string | null {
    const value = this.stagedValue(row, column);
    return value?.kind === "default" ? defaultWords(item(this.columns, column)) : null;
  }

  /** Why a cell cannot be changed, where others of its row can be. */
  lockAt(row: number, column: number): string | null {
    const isNew = row < this.#inserts.length;
    return isNew ? lockOfNew(item(this.columns, column)) : (this.#locks[column] ?? null);
  }

  /** What a cell says under the pointer. */
  hintAt(row: number, column: number): string | null {
    const left = this.#isLeft(this.row(row)) ? LEFT : null;
    return this.troubleAt(row, column)?.words ?? this.lockAt(row, column) ?? left;
  }

  tone(row: number, column: number): Tone | null {
    const shown = this.row(row);
    const { change } = shown;
    if (!change) return this.#isLeft(shown) ? "unmatched" : null;
    const { name } = item(this.columns, column);
    const trouble = this.#troubles.get(change.id);
    if (trouble && (trouble.columns.length === 0 || trouble.columns.includes(name))) {
      const isWhole = trouble.columns.length === 0 && change.type === "update";
      if (!isWhole || name in change.values) return "conflict";
    }
    if (change.type === "insert") return "inserted";
    if (change.type === "delete") return "deleted";
    return name in change.values ? "edited" : null;
  }

  /** What stands in the way of what is staged for a cell. */
  troubleAt(row: number, column: number): Trouble | null {
    const { change } = this.row(row);
    const trouble = change && this.#troubles.get(change.id);
    if (!trouble) return null;
    const { name } = item(this.columns, column);
    return trouble.columns.length === 0 || trouble.columns.includes(name) ? trouble : null;
  }

  sign(row: number): RowSign {
    const shown = this.row(row);
    if (shown.kind === "insert") {
      return { text: "+", tone: this.#troubles.has(shown.change.id) ? "conflict" : "inserted" };
    }
    const { from, complete, rowCount } = this.#rows.view();
    // Read from the end, nobody knows how many there are before.
    const text = String(from === "last" && !complete ? shown.index - rowCount : shown.index + 1);
    if (!shown.change) return this.#isLeft(shown) ? { text: "≠", tone: "unmatched" } : { text, tone: null };
    if (this.#troubles.has(shown.change.id)) return { text, tone: "conflict" };
    return { text, tone: shown.change.type === "delete" ? "deleted" : "edited" };
  }

  #isLeft(shown: DisplayRow): boolean {
    return shown.kind === "read" && this.#rows.isLeft(shown.index);
  }

  #changeOf(index: number): StagedChange | null {
    if (this.#changes.size === 0 || this.#keys.length === 0) return null;
    const key: Record<string, string | null> = {};
    this.#keys.forEach((name, at) => {
      const cell = this.#rows.cell(index, item(this.#keyPlaces, at));
      key[name] = cell.kind === "null" ? null : cell.text;
    });
    return this.#changes.get(keyOf(key)) ?? null;
  }

  get shape(): TableShape {
    return this.#shape;
  }
}

/** What PostgreSQL puts where nothing is said. */
export function defaultWords(column: TableColumn): string {
  const { identity, default: expression, generated, not_null: notNull } = column;
  if (generated != null) return "computed";
  if (identity != null) return "by identity";
  if (expression != null) return `default ${expression}`;
  return notNull ? "required" : "NULL";
}

/** The columns as the grid draws them. */
export function gridColumns(shape: TableShape, takesEdits: boolean): readonly GridColumnView[] {
  const keys = keyColumns(shape);
  const referring = new Set(shape.foreign_keys.flatMap(({ columns }) => columns));
  return readableColumns(shape).map((column) => ({
    name: column.name,
    type: typeWords(column.type_name, shape.schema),
    kind: columnKind(column.base_type_oid),
    valueKind: valueKind(column.base_type_oid),
    meaning: meaningOf(column.base_type_oid),
    element: elementOf(column.base_type_oid),
    isKey: keys.includes(column.name),
    isReference: referring.has(column.name),
    lock: takesEdits ? lockOfColumn(column, shape) : null,
  }));
}

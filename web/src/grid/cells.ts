import { item } from "~/run/item";
import type { Cell, RowStore } from "~/run/rowStore";

/** Cells by the places at which they are shown. */
export interface CellSource {
  readonly rowCount: number;
  cell(row: number, column: number, maxBytes?: number): Cell;
  /** There is no such row: its place stays empty. */
  isAbsent?(row: number): boolean;
  /** Words that stand where there is no value yet. */
  hint?(row: number, column: number): string | null;
}

/** In which order rows and columns of a result are shown. */
export interface Places {
  /** Rows by their places; null: as they came. */
  readonly rows: Int32Array | null;
  /** Columns by their places; those that are not shown are left out. */
  readonly columns: readonly number[];
}

const NULL: Cell = { kind: "null" };

/** The cells of a result where they are shown. A place without a row, marked by -1, is NULL. */
export function arrangedCells(rows: RowStore, { rows: order, columns }: Places): CellSource {
  return {
    get rowCount() {
      return order ? order.length : rows.rowCount;
    },
    isAbsent: (row) => order !== null && item(order, row) < 0,
    cell(row, column, maxBytes) {
      const source = order ? item(order, row) : row;
      return source < 0 ? NULL : rows.cell(source, item(columns, column), maxBytes);
    },
  };
}

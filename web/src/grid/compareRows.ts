import { item } from "~/run/item";
import type { Cell, RowStore } from "~/run/rowStore";
import { Pace } from "./pace";

/** One of the two results, and where in it the columns are that both have. */
export interface Side {
  readonly rows: RowStore;
  /** Places of the shared columns. */
  readonly columns: readonly number[];
}

export type Difference = "same" | "changed" | "added" | "removed";

/** Two results, row beside row; -1 stands for a row that the other side alone has. */
export interface Comparison {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly counts: Readonly<Record<Difference, number>>;
}

const STEP = 256;
/** No text of PostgreSQL holds it. */
const SEPARATOR = "\u0000";

/** Pairs the rows whose `keys`, numbers of shared columns, are equal: in the order of the left, then what is new on the right. */
export async function compareRows(
  left: Side,
  right: Side,
  keys: readonly number[],
  onlyDifferences: boolean,
  signal: AbortSignal,
): Promise<Comparison> {
  const pace = new Pace(signal);
  const waiting = new Map<string, number[]>();
  for (let row = right.rows.rowCount - 1; row >= 0; row -= 1) {
    if ((row % STEP === 0 || pace.hasReadMuch) && pace.isOver) await pace.rest();
    const key = keyOf(right, row, keys, pace);
    const rows = waiting.get(key);
    if (rows) rows.push(row);
    else waiting.set(key, [row]);
  }
  const counts = { same: 0, changed: 0, added: 0, removed: 0 };
  const pairs: [number[], number[]] = [[], []];
  const taken = new Uint8Array(right.rows.rowCount);
  const put = (one: number, other: number, difference: Difference) => {
    counts[difference] += 1;
    if (onlyDifferences && difference === "same") return;
    pairs[0].push(one);
    pairs[1].push(other);
  };
  for (let row = 0; row < left.rows.rowCount; row += 1) {
    if ((row % STEP === 0 || pace.hasReadMuch) && pace.isOver) await pace.rest();
    const partner = waiting.get(keyOf(left, row, keys, pace))?.pop();
    if (partner === undefined) {
      put(row, -1, "removed");
      continue;
    }
    taken[partner] = 1;
    const same = left.columns.every((_, column) => !differs(left, row, right, partner, column, pace));
    put(row, partner, same ? "same" : "changed");
  }
  for (let row = 0; row < right.rows.rowCount; row += 1) {
    if (row % STEP === 0 && pace.isOver) await pace.rest();
    if (taken[row] === 0) put(-1, row, "added");
  }
  return { left: Int32Array.from(pairs[0]), right: Int32Array.from(pairs[1]), counts };
}

/** Whether two rows have different values in a shared column. */
export function differs(
  left: Side,
  leftRow: number,
  right: Side,
  rightRow: number,
  column: number,
  pace?: Pace,
): boolean {
  const one = left.rows.cell(leftRow, item(left.columns, column));
  const other = right.rows.cell(rightRow, item(right.columns, column));
  pace?.read(one);
  pace?.read(other);
  return textOf(one) !== textOf(other);
}

function keyOf({ rows, columns }: Side, row: number, keys: readonly number[], pace: Pace): string {
  const texts = keys.map((key) => textOf(pace.read(rows.cell(row, item(columns, key)))));
  return texts.map((text) => text ?? SEPARATOR).join(SEPARATOR);
}

function textOf(cell: Cell): string | null {
  return cell.kind === "null" ? null : cell.text;
}

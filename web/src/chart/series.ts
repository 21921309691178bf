import type { GridColumnView } from "~/grid/columns";
import { instantOf } from "~/grid/temporal";
import { item } from "~/run/item";
import type { Cell, RowStore } from "~/run/rowStore";

/** What a chart is drawn from: columns by their places in the result. */
export interface ChartChoice {
  readonly kind: "line" | "bar" | "scatter";
  /** What goes to the right; null: the rows' numbers. */
  readonly x: number | null;
  readonly y: readonly number[];
}

/** Points by columns, as uPlot has them. Words on the x axis have numbers, and `labels` tells which. */
export interface ChartData {
  readonly x: Float64Array;
  readonly y: readonly (number | null)[][];
  readonly scale: "number" | "time" | "words";
  readonly labels: readonly string[];
  /** Rows without a place on the x axis, or beyond those that are drawn. */
  readonly left: number;
}

/** More points are not told apart. */
export const MAX_POINTS = 200_000;
const TIMES = /^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d(?::?\d\d)?)?)?$/;

/** The columns that can go upwards. */
export function numberColumns(columns: readonly GridColumnView[]): number[] {
  return columns.flatMap(({ meaning }, column) => (meaning === "number" ? [column] : []));
}

/** A chart that is likely meant: the first column that is no number goes to the right, or else the first. */
export function likelyChoice(columns: readonly GridColumnView[], rows: RowStore): ChartChoice {
  const numbers = numberColumns(columns);
  const words = columns.findIndex(({ meaning }) => meaning !== "number");
  const x = words >= 0 ? words : numbers.length > 1 ? item(numbers, 0) : null;
  const y = numbers.filter((column) => column !== x).slice(0, 4);
  const first = x !== null && rows.rowCount > 0 ? rows.cell(0, x) : null;
  const isTime = x !== null && columns[x]?.valueKind === "instant";
  const isWord = words >= 0 && first?.kind === "text" && !isTime && !TIMES.test(first.text);
  return { kind: isWord ? "bar" : "line", x, y };
}

/** Reads the points from left to right, as they are drawn. */
export function chartData(
  rows: RowStore,
  rowCount: number,
  columns: readonly GridColumnView[],
  choice: ChartChoice,
): ChartData {
  const count = Math.min(rowCount, MAX_POINTS);
  const read = (row: number, column: number): Cell => rows.cell(row, column, 256);
  const { places, scale, labels } = placesOf(read, count, columns, choice.x);
  const order = places.flatMap((place, row) => (place === null ? [] : [row]));
  order.sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  return {
    x: Float64Array.from(order, (row) => places[row] ?? 0),
    y: choice.y.map((column) => order.map((row) => finite(read(row, column)))),
    scale,
    labels,
    left: rowCount - order.length,
  };
}

interface Places {
  readonly places: readonly (number | null)[];
  readonly scale: ChartData["scale"];
  readonly labels: readonly string[];
}

function placesOf(
  read: (row: number, column: number) => Cell,
  count: number,
  columns: readonly GridColumnView[],
  x: number | null,
): Places {
  const rows = Array.from({ length: count }, (_, row) => row);
  if (x === null) return { places: rows.map((row) => row + 1), scale: "number", labels: [] };
  const cells = rows.map((row) => read(row, x));
  if (columns[x]?.meaning === "number") return { places: cells.map(finite), scale: "number", labels: [] };
  if (columns[x]?.valueKind === "instant") {
    return { places: cells.map(instantPlace), scale: "time", labels: [] };
  }
  const times = cells.map(timeOf);
  if (
    times.some((time) => time !== null) &&
    times.every((time, row) => time !== null || cells[row]?.kind === "null")
  ) {
    return { places: times, scale: "time", labels: [] };
  }
  const labels = cells.map((cell) => (cell.kind === "null" ? "NULL" : cell.text));
  return { places: rows, scale: "words", labels };
}

function finite(cell: Cell): number | null {
  if (cell.kind === "null") return null;
  const number = Number(cell.text);
  return Number.isFinite(number) ? number : null;
}

/** Seconds since 1970 of a date or timestamp; an infinite one has no place. */
function instantPlace(cell: Cell): number | null {
  const micros = cell.kind === "null" ? null : instantOf(cell.text);
  return typeof micros === "bigint" ? Number(micros) / 1e6 : null;
}

/** Seconds since 1970. A time without a zone is taken as it is, so that the axis shows what the value says. */
function timeOf(cell: Cell): number | null {
  if (cell.kind === "null" || !TIMES.test(cell.text)) return null;
  const hasZone = /[ T].*[+-]\d\d(?::?\d\d)?$/.test(cell.text);
  const text = cell.text.replace(" ", "T");
  const whole = text.includes("T") ? text : `${text}T00:00`;
  const time = Date.parse(hasZone ? whole.replace(/([+-]\d\d)$/, "$1:00") : `${whole}Z`);
  return Number.isNaN(time) ? null : time / 1000;
}

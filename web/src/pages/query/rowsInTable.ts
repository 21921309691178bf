import { fetchShape } from "~/api/tableData";
import { problemFrom } from "~/api/problem";
import type { TableShape } from "~/api/types";
import { withCredential } from "~/app/connect";
import { openTableData, type RowFilter } from "~/app/dataTab";
import type { ResultColumn } from "~/run/protocol";
import type { RowStore } from "~/run/rowStore";
import { formatCount } from "~/ui/format";
import { toast } from "~/ui/toast";
import type { ShownResult } from "./keptResults";

/** More would make a filter that nobody can read. */
const MOST_ROWS = 500;

/** The table that the values of a column come from, or else the only one that the result comes from. */
export function tableOfColumn(columns: readonly ResultColumn[], column: number): number | null {
  const own = columns[column]?.table_oid ?? 0;
  if (own !== 0) return own;
  const all = new Set(columns.map(({ table_oid }) => table_oid).filter((oid) => oid !== 0));
  const [only] = all;
  return all.size === 1 && only !== undefined ? only : null;
}

/** Opens rows in the table that a column of theirs comes from, narrowed to them, so that they can be edited there. */
export async function editInTable(
  { result, target: { serverId, database } }: ShownResult,
  rows: readonly number[],
  column: number,
): Promise<void> {
  const oid = tableOfColumn(result.columns, column);
  if (oid === null)
    return tell("What stands here was calculated. It is in no table, where it could be edited.");
  if (serverId === null || database === null) return;
  try {
    const shape = await withCredential(serverId, () => fetchShape({ serverId, database, oid }));
    const found = filtersFor(shape, result.columns, result.rows, rows);
    if (typeof found === "string") return tell(found);
    openTableData({
      serverId,
      database,
      table: { oid, schema: shape.schema, name: shape.name },
      filters: found,
    });
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

function tell(text: string): void {
  toast({ tone: "info", text });
}

type KeyedShape = Pick<TableShape, "oid" | "name" | "keys" | "columns">;

/** Filters that leave just these rows in their table; or why there are none, in words. */
export function filtersFor(
  shape: KeyedShape,
  columns: readonly ResultColumn[],
  cells: Pick<RowStore, "cell">,
  rows: readonly number[],
): RowFilter[] | string {
  const [best] = shape.keys;
  if (!best) return `Nothing tells the rows of ${shape.name} apart, so none of them can be found again.`;
  if (rows.length > MOST_ROWS) {
    return `These are more than ${formatCount(MOST_ROWS)} rows. Select fewer, or open ${shape.name} and filter there.`;
  }
  const placesOf = (names: readonly string[]) =>
    names.flatMap((name) => {
      const place = columns.findIndex(
        ({ table_oid: table, attribute_number: number }) =>
          table === shape.oid && number === shape.columns.find((own) => own.name === name)?.number,
      );
      return place < 0 ? [] : [{ name, place }];
    });
  const key = shape.keys
    .map(({ columns }) => ({ columns, places: placesOf(columns) }))
    .find(({ columns, places }) => columns.length === places.length)?.places;
  if (!key) {
    const names = best.columns.join(", ");
    return `Rows of ${shape.name} are found again by ${names}, which this result does not have. Add it to the query.`;
  }
  const valuesOf = (place: number) => {
    const values = rows.map((row) => cells.cell(row, place));
    return [...new Set(values.flatMap((cell) => (cell.kind === "text" ? [cell.text] : [])))];
  };
  const wanted = key.map(({ name, place }) => ({ name, values: valuesOf(place) }));
  // A join leaves NULL where there is no row of the table.
  if (wanted.some(({ values }) => values.length === 0)) return `There is no row of ${shape.name} here.`;
  if (wanted.length > 1 && wanted.some(({ values }) => values.length > 1)) {
    return `A row of ${shape.name} is found again by several columns. Select one row at a time.`;
  }
  return wanted.map(({ name, values }) => filterOf(name, values));
}

function filterOf(column: string, values: readonly string[]): RowFilter {
  const [only] = values;
  if (only !== undefined && values.length === 1) return { column, operator: "is", value: only };
  return { column, operator: "any_of", value: values.map(inList).join(", ") };
}

/** A value in the list of a filter: in double quotes where it would be taken for something else. */
function inList(value: string): string {
  const isPlain = value !== "" && value === value.trim() && !/[",]/.test(value);
  return isPlain ? value : `"${value.replaceAll('"', '""')}"`;
}

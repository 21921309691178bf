import type { CellValue, CellValues, KnownCells, StagedChange } from "~/app/dataTab";
import type { RowChange } from "~/api/types";

/** A row as it was read. */
export interface ReadRow {
  readonly key: KnownCells;
  readonly cells: KnownCells;
}

/** The name of a row among staged changes. */
export function keyOf(key: KnownCells): string {
  return JSON.stringify(Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The changes of rows that were read, by the rows' names. */
export function changesByRow(staged: readonly StagedChange[]): ReadonlyMap<string, StagedChange> {
  const found = new Map<string, StagedChange>();
  for (const change of staged) if (change.type !== "insert") found.set(keyOf(change.key), change);
  return found;
}

/** Sets cells of a row that was read. A cell that is set to what it was is no change. */
export function editRow(
  staged: readonly StagedChange[],
  row: ReadRow,
  values: CellValues,
): readonly StagedChange[] {
  const name = keyOf(row.key);
  const before = staged.find((change) => change.type !== "insert" && keyOf(change.key) === name);
  if (before?.type === "delete") return staged;
  const kept = before?.type === "update" ? before : null;
  const merged: Record<string, CellValue> = { ...kept?.values, ...values };
  const old: Record<string, string | null> = { ...kept?.old };
  for (const column of Object.keys(values)) {
    const was = (kept && column in kept.old ? kept.old[column] : row.cells[column]) ?? null;
    const value = merged[column];
    if (value !== undefined && isSame(value, was)) {
      Reflect.deleteProperty(merged, column);
      Reflect.deleteProperty(old, column);
    } else if (!(column in old) && column in row.cells) {
      old[column] = was;
    }
  }
  const rest = staged.filter((change) => change !== before);
  if (Object.keys(merged).length === 0) return rest;
  const change: StagedChange = {
    id: kept?.id ?? newId(),
    type: "update",
    key: row.key,
    old,
    values: merged,
  };
  return kept ? staged.map((other) => (other === before ? change : other)) : [...staged, change];
}

/** Sets cells of a new row. */
export function editInsert(
  staged: readonly StagedChange[],
  id: string,
  values: CellValues,
): readonly StagedChange[] {
  return staged.map((change) =>
    change.id === id && change.type === "insert"
      ? { ...change, values: { ...change.values, ...values } }
      : change,
  );
}

export function addRow(
  staged: readonly StagedChange[],
  values: CellValues = {},
): { staged: readonly StagedChange[]; id: string } {
  const id = newId();
  return { staged: [...staged, { id, type: "insert", values }], id };
}

/** Marks a row as going; a second time it stays. */
export function deleteRow(staged: readonly StagedChange[], row: ReadRow): readonly StagedChange[] {
  const name = keyOf(row.key);
  const before = staged.find((change) => change.type !== "insert" && keyOf(change.key) === name);
  const rest = staged.filter((change) => change !== before);
  if (before?.type === "delete") return rest;
  return [...rest, { id: newId(), type: "delete", key: row.key, old: row.cells }];
}

export function dropChange(staged: readonly StagedChange[], id: string): readonly StagedChange[] {
  return staged.filter((change) => change.id !== id);
}

/** Changes as the server takes them. */
export function toWire(staged: readonly StagedChange[]): RowChange[] {
  return staged.map((change): RowChange => {
    switch (change.type) {
      case "insert":
        return { type: "insert", values: cellsOf(change.values) };
      case "update":
        return {
          type: "update",
          key: knownOf(change.key),
          old: knownOf(change.old),
          values: cellsOf(change.values),
        };
      case "delete":
        return { type: "delete", key: knownOf(change.key), old: knownOf(change.old) };
    }
  });
}

/** Whether a value leaves a cell as it was. */
export function isSame(value: CellValue, was: string | null): boolean {
  switch (value.kind) {
    case "null":
      return was === null;
    case "default":
      return false;
    case "text":
      return value.text === was;
  }
}

function cellsOf(values: CellValues) {
  return Object.entries(values).map(([column, value]) => ({ column, value }));
}

function knownOf(cells: KnownCells) {
  return Object.entries(cells).map(([column, value]) => ({ column, value }));
}

function newId(): string {
  return crypto.randomUUID();
}

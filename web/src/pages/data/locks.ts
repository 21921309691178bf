import type { TableColumn, TableShape } from "~/api/types";

/** Why a column cannot be set in a new row. */
export function lockOfNew({ name, generated, may_insert: mayInsert }: TableColumn): string | null {
  if (generated != null) return `${name} is computed by PostgreSQL: ${generated}`;
  return mayInsert ? null : `You have no right to set ${name}.`;
}

/** Why a column cannot be changed in rows that are there. */
export function lockOfColumn(column: TableColumn, shape: TableShape): string | null {
  const { name, generated, identity, updatable, may_update: mayUpdate } = column;
  if (generated != null) return `${name} is computed by PostgreSQL: ${generated}`;
  if (identity === "always")
    return `${name} is an identity: PostgreSQL gives it, and takes no other (GENERATED ALWAYS).`;
  if (!updatable) {
    return shape.kind === "view"
      ? `${name} cannot be changed through this view: it is no plain column of the table behind it.`
      : `${name} cannot be changed.`;
  }
  return mayUpdate ? null : `You have no right to change ${name}. Its owner can GRANT UPDATE (${name}).`;
}

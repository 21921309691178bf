import {
  ArrowDownAZ,
  ArrowDownToLine,
  ArrowUpAZ,
  Copy,
  CopyPlus,
  Download,
  Eye,
  EyeOff,
  Filter,
  FilterX,
  Link2,
  Pencil,
  Pin,
  Plus,
  Trash2,
} from "lucide-react";

import type { TableReference, TableShape } from "~/api/types";
import { type DataContent, openTableData, type RowFilter } from "~/app/dataTab";
import type { Tab } from "~/app/tabs";
import type { CellPlace } from "~/grid/ResultGrid";
import { copyToClipboard } from "~/pages/query/clipboard";
import { item } from "~/run/item";
import type { MenuEntry } from "~/ui/Menu";
import type { Display } from "./display";
import { lockOfColumn } from "./locks";
import type { ArrangedColumns } from "./useColumns";

interface CellMenu {
  readonly tab: Tab;
  readonly shape: TableShape;
  readonly display: Display;
  readonly content: DataContent;
  /** Null for a column's head. */
  readonly at: CellPlace | null;
  readonly column: number;
  readonly arranged: ArrangedColumns;
  readonly actions: {
    readonly edit: (at: CellPlace) => void;
    readonly view: (at: CellPlace) => void;
    readonly download: (at: CellPlace) => void;
    readonly fillDown: () => void;
    readonly hide: () => void;
    readonly move: (by: -1 | 1) => void;
    readonly freeze: (columns: number) => void;
    readonly fit: () => void;
    readonly setNull: () => void;
    readonly setDefault: () => void;
    readonly setEmpty: () => void;
    readonly duplicate: () => void;
    readonly remove: () => void;
    readonly add: () => void;
    readonly onContent: (change: Partial<DataContent>) => void;
  };
}

/** More references than fit a menu are left to the object's page. */
const MOST_REFERENCES = 8;

/** What can be done with a cell, its row and its column. */
export function cellMenu(cellMenu: CellMenu): MenuEntry[] {
  const { tab, shape, display, content, at, column, arranged, actions } = cellMenu;
  const { name, comparable, not_null: notNull } = item(display.columns, column);
  const sorts: MenuEntry[] = comparable
    ? [
        entry(
          "Sort ascending",
          () => actions.onContent({ sort: [{ column: name, descending: false }] }),
          ArrowDownAZ,
        ),
        entry(
          "Sort descending",
          () => actions.onContent({ sort: [{ column: name, descending: true }] }),
          ArrowUpAZ,
        ),
      ]
    : [];
  const key = content.sort.find((by) => by.column === name);
  const nullsFirst = key && (key.nulls ?? (key.descending ? "first" : "last")) === "first";
  const sorted = [
    ...(comparable && !key && content.sort.length > 0
      ? [
          entry("Sort by this as well", () =>
            actions.onContent({ sort: [...content.sort, { column: name, descending: false }] }),
          ),
        ]
      : []),
    ...(key && !notNull
      ? [
          entry(nullsFirst ? "NULL last" : "NULL first", () =>
            actions.onContent({
              sort: content.sort.map((by) =>
                by === key ? { ...key, nulls: nullsFirst ? ("last" as const) : ("first" as const) } : by,
              ),
            }),
          ),
        ]
      : []),
    ...(content.sort.length > 0 ? [entry("Sort by the key", () => actions.onContent({ sort: [] }))] : []),
  ];
  const { arrangement } = arranged;
  const lock = lockOfColumn(item(display.columns, column), shape);
  const head: MenuEntry[] = [
    { kind: "caption", label: `Column ${name}` },
    ...(lock === null || !shape.takes_updates ? [] : [{ kind: "caption", label: lock } as const]),
    ...sorts,
    ...sorted,
    entry("Fit to content", actions.fit),
    arrangement.frozen === column + 1
      ? entry("Unfreeze columns", () => actions.freeze(0))
      : entry("Freeze up to here", () => actions.freeze(column + 1), Pin),
    { kind: "action", label: "Move left", disabled: column === 0, run: () => actions.move(-1) },
    {
      kind: "action",
      label: "Move right",
      disabled: column === arrangement.columns.length - 1,
      run: () => actions.move(1),
    },
    {
      kind: "action",
      label: "Hide column",
      icon: EyeOff,
      disabled: arrangement.columns.length === 1,
      run: actions.hide,
    },
  ];
  if (at === null) return head;
  const cell = display.cell(at.row, at.column);
  const text = cell.kind === "null" ? null : cell.text;
  const narrow = (filter: RowFilter) => actions.onContent({ filters: [...content.filters, filter] });
  const filters: MenuEntry[] =
    text === null
      ? [
          entry(
            "Only rows with NULL here",
            () => narrow({ column: name, operator: "null", value: "" }),
            Filter,
          ),
          entry(
            "Only rows without NULL here",
            () => narrow({ column: name, operator: "not_null", value: "" }),
            FilterX,
          ),
        ]
      : [
          entry(
            "Only rows with this value",
            () => narrow({ column: name, operator: "is", value: text }),
            Filter,
          ),
          entry(
            "Only rows without this value",
            () => narrow({ column: name, operator: "is_not", value: text }),
            FilterX,
          ),
        ];
  return [
    { kind: "action", label: "Edit", icon: Pencil, keys: "Enter", run: () => actions.edit(at) },
    { kind: "action", label: "Set NULL", keys: "Alt+0", run: actions.setNull },
    { kind: "action", label: "Set default", keys: "Alt+=", run: actions.setDefault },
    { kind: "action", label: "Set empty text", keys: "Alt+'", run: actions.setEmpty },
    { kind: "action", label: "Fill down", icon: ArrowDownToLine, keys: "Mod+D", run: actions.fillDown },
    { kind: "separator" },
    { kind: "action", label: "View value", icon: Eye, keys: "Alt+Enter", run: () => actions.view(at) },
    ...(cell.kind === "cut"
      ? []
      : [entry("Copy value", () => void copyToClipboard(text ?? "", "Copied the value"), Copy)]),
    ...(display.row(at.row).kind === "read" &&
    display.stagedValue(at.row, at.column) === null &&
    text !== null
      ? [entry("Download value", () => actions.download(at), Download)]
      : []),
    { kind: "separator" },
    { kind: "action", label: "Add row", icon: Plus, keys: "Alt+I", run: actions.add },
    { kind: "action", label: "Duplicate row", icon: CopyPlus, keys: "Alt+U", run: actions.duplicate },
    { kind: "action", label: "Delete row", icon: Trash2, keys: "Delete", danger: true, run: actions.remove },
    ...references(tab, shape, display, at),
    { kind: "separator" },
    ...(cell.kind === "cut" ? [] : filters),
    ...head,
  ];
}

/** The rows that this one refers to, and those that refer to it. */
function references(tab: Tab, shape: TableShape, display: Display, { row }: CellPlace): MenuEntry[] {
  const valueOf = (name: string): string | null => {
    const cell = display.valueOf(row, name);
    return cell?.kind === "text" ? cell.text : null;
  };
  const open = ({ oid, schema, table, columns, other_columns }: TableReference) => {
    const filters = other_columns.map((column, at): RowFilter => ({
      column,
      operator: "is",
      value: valueOf(columns[at] ?? "") ?? "",
    }));
    const { serverId, database } = tab;
    openTableData({ serverId, database, table: { oid, schema, name: table }, filters });
  };
  const known = ({ columns }: TableReference) => columns.every((name) => valueOf(name) !== null);
  const to = shape.foreign_keys.filter(known).map((reference) => {
    const values = reference.columns.map((name) => valueOf(name)).join(", ");
    return entry(`Go to ${reference.table} ${short(values)}`, () => open(reference), Link2);
  });
  const from = shape.referring
    .filter(known)
    .slice(0, MOST_REFERENCES)
    .map((reference) =>
      entry(
        `Rows of ${reference.table} by ${reference.other_columns.join(", ")}`,
        () => open(reference),
        Link2,
      ),
    );
  return [
    ...(to.length > 0 ? [{ kind: "separator" } as const, ...to] : []),
    ...(from.length > 0 ? [{ kind: "caption", label: "Rows that refer to this one" } as const, ...from] : []),
  ];
}

function short(text: string): string {
  return text.length > 30 ? `${text.slice(0, 30)}…` : text;
}

function entry(label: string, run: () => void, icon?: typeof Copy): MenuEntry {
  return { kind: "action", label, run, ...(icon && { icon }) };
}

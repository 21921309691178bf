import {
  ArrowDownAZ,
  ArrowUpAZ,
  Copy,
  Eye,
  EyeOff,
  Filter,
  FilterX,
  Pencil,
  Pin,
  Search,
} from "lucide-react";

import type { MenuEntry } from "~/ui/Menu";
import type { Arrangement, Operator } from "./arrangement";
import type { RowFormat } from "./writeRows";

/** What a person can do with a cell or a column by the menu. */
export interface GridActions {
  readonly copy: (format: RowFormat, header: boolean) => void;
  readonly view: () => void;
  /** Null where the value comes from no table. */
  readonly edit: (() => void) | null;
  readonly find: () => void;
  readonly sort: (descending: boolean) => void;
  /** Sorts rows that the other columns leave equal. */
  readonly sortAlso: (descending: boolean) => void;
  readonly unsort: () => void;
  readonly filter: (operator: Operator | null) => void;
  readonly freeze: (columns: number) => void;
  readonly hide: () => void;
  readonly showAll: () => void;
  readonly move: (by: -1 | 1) => void;
  readonly fit: (all: boolean) => void;
}

/** Formats in which cells are copied, as the menus name them. */
export const COPY_FORMATS: readonly { format: RowFormat; header: boolean; label: string }[] = [
  { format: "tsv", header: true, label: "With column names" },
  { format: "csv", header: false, label: "CSV" },
  { format: "csv", header: true, label: "CSV with column names" },
  { format: "json", header: true, label: "JSON" },
  { format: "markdown", header: true, label: "Markdown" },
  { format: "sql", header: true, label: "SQL INSERT" },
  { format: "in_list", header: false, label: "IN list" },
];

export const COPY_WITH_NAMES = "Alt+Shift+C";
export const EDIT_IN_TABLE = "F2";

/** The entries for copying what is selected. */
export function copyEntries(copy: GridActions["copy"]): MenuEntry[] {
  return [
    { kind: "action", label: "Copy", icon: Copy, keys: "Mod+C", run: () => copy("tsv", false) },
    ...COPY_FORMATS.map(({ format, header, label }): MenuEntry => ({
      kind: "action",
      label: format === "tsv" ? `Copy ${label.toLowerCase()}` : `Copy as ${label}`,
      ...(format === "tsv" && { keys: COPY_WITH_NAMES }),
      run: () => copy(format, header),
    })),
  ];
}

interface Place {
  /** Where the column is shown. */
  readonly place: number;
  readonly name: string;
  /** The value of the cell, in short; null for a column's head. */
  readonly value: "null" | "short" | "long" | null;
}

/** The menu of a cell, or of a column's head. Whatever a head offers, a cell offers too: it is where the keyboard is. */
export function gridEntries(
  { place, name, value }: Place,
  now: Arrangement,
  actions: GridActions,
): MenuEntry[] {
  const sorted = now.sort.some(({ column }) => column === now.columns[place]);
  const others = now.sort.some(({ column }) => column !== now.columns[place]);
  const many = now.columns.length > 1;
  const column: MenuEntry[] = [
    { kind: "caption", label: `Column ${name}` },
    { kind: "action", label: "Sort ascending", icon: ArrowDownAZ, run: () => actions.sort(false) },
    { kind: "action", label: "Sort descending", icon: ArrowUpAZ, run: () => actions.sort(true) },
    ...(others
      ? [
          action("Then ascending by this", () => actions.sortAlso(false)),
          action("Then descending by this", () => actions.sortAlso(true)),
        ]
      : []),
    ...(sorted ? [action(others ? "No longer by this" : "As the rows came", () => actions.unsort())] : []),
    { kind: "action", label: "Filter…", icon: Filter, run: () => actions.filter(null) },
    action("Fit to content", () => actions.fit(false)),
    action("Fit all columns", () => actions.fit(true)),
    now.frozen === place + 1
      ? action("Unfreeze columns", () => actions.freeze(0))
      : { kind: "action", label: "Freeze up to here", icon: Pin, run: () => actions.freeze(place + 1) },
    { kind: "action", label: "Move left", disabled: place === 0, run: () => actions.move(-1) },
    {
      kind: "action",
      label: "Move right",
      disabled: place === now.columns.length - 1,
      run: () => actions.move(1),
    },
    { kind: "action", label: "Hide column", icon: EyeOff, disabled: !many, run: () => actions.hide() },
    action("Show all columns", () => actions.showAll()),
  ];
  if (value === null) return [...column, { kind: "separator" }, ...copyEntries(actions.copy)];
  return [
    ...copyEntries(actions.copy),
    { kind: "separator" },
    { kind: "action", label: "View value", icon: Eye, keys: "Enter", run: () => actions.view() },
    ...(actions.edit
      ? [
          {
            kind: "action" as const,
            label: "Edit in its table",
            icon: Pencil,
            keys: EDIT_IN_TABLE,
            run: actions.edit,
          },
        ]
      : []),
    { kind: "action", label: "Find in result", icon: Search, keys: "Mod+F", run: () => actions.find() },
    ...(value === "null"
      ? [
          action("Only rows with NULL here", () => actions.filter("null"), Filter),
          action("Only rows without NULL here", () => actions.filter("not_null"), FilterX),
        ]
      : [
          // A filter says what it looks for, which nobody could read.
          {
            ...action("Only rows with this value", () => actions.filter("equals"), Filter),
            disabled: value === "long",
          },
          {
            ...action("Only rows without this value", () => actions.filter("differs"), FilterX),
            disabled: value === "long",
          },
        ]),
    { kind: "separator" },
    ...column,
  ];
}

function action(label: string, run: () => void, icon?: typeof Copy): Extract<MenuEntry, { kind: "action" }> {
  return { kind: "action", label, run, ...(icon && { icon }) };
}

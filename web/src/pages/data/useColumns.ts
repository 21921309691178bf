import { useCallback, useMemo } from "react";

import type { TableShape } from "~/api/types";
import type { ColumnChoice } from "~/app/dataTab";
import type { Arrangement } from "~/grid/arrangement";
import type { GridColumnView } from "~/grid/columns";
import { item } from "~/run/item";
import { gridColumns } from "./display";

/** The columns as a person arranged them. */
export interface ArrangedColumns {
  readonly all: readonly GridColumnView[];
  /** Those that are shown, in their order. */
  readonly columns: readonly GridColumnView[];
  readonly arrangement: Arrangement;
  readonly arrange: (change: (before: Arrangement) => Arrangement) => void;
}

/** Arranges the columns of a table by what its tab keeps. Columns go by their names, since a table may be altered. */
export function useColumns(
  shape: TableShape,
  takesEdits: boolean,
  choice: ColumnChoice | null,
  onChoice: (choice: ColumnChoice) => void,
): ArrangedColumns {
  const all = useMemo(() => gridColumns(shape, takesEdits), [shape, takesEdits]);
  const arrangement = useMemo(() => arrangementOf(all, choice), [all, choice]);
  const columns = useMemo(
    () => arrangement.columns.map((place) => item(all, place)),
    [all, arrangement.columns],
  );
  const arrange = useCallback(
    (change: (before: Arrangement) => Arrangement) => onChoice(choiceOf(all, change(arrangement))),
    [all, arrangement, onChoice],
  );
  return { all, columns, arrangement, arrange };
}

export function arrangementOf(
  all: readonly { readonly name: string }[],
  choice: ColumnChoice | null,
): Arrangement {
  const { order = [], hidden = [], frozen = 0, widths = {} } = choice ?? {};
  const places = new Map(all.map(({ name }, place) => [name, place]));
  const known = new Set([...order, ...hidden]);
  const kept = order.flatMap((name) => places.get(name) ?? []);
  const later = all.flatMap(({ name }, place) => (known.has(name) ? [] : [place]));
  const shown = [...kept, ...later];
  return {
    columns: shown.length > 0 ? shown : all.map((_, place) => place),
    frozen: Math.min(frozen, shown.length),
    sort: [],
    conditions: [],
    widths: new Map(
      Object.entries(widths).flatMap(([name, width]) => {
        const place = places.get(name);
        return place === undefined ? [] : [[place, width] as const];
      }),
    ),
  };
}

function choiceOf(
  all: readonly { readonly name: string }[],
  { columns, frozen, widths }: Arrangement,
): ColumnChoice {
  const shown = new Set(columns);
  return {
    order: columns.map((place) => item(all, place).name),
    hidden: all.flatMap(({ name }, place) => (shown.has(place) ? [] : [name])),
    frozen,
    widths: Object.fromEntries([...widths].map(([place, width]) => [item(all, place).name, width])),
  };
}

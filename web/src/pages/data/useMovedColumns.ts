import { useEffect, useMemo } from "react";

import type { TableShape } from "~/api/types";
import { changeContent, type DataContent } from "~/app/dataTab";
import {
  carryOver,
  type MovedColumn,
  movedColumns,
  numbersCarried,
  numbersOf,
  viewCarried,
  withoutColumns,
} from "./movedColumns";
import type { Staged } from "./useStaging";

interface Moved {
  /** Columns that staged changes name and that are something else now. */
  readonly moved: readonly MovedColumn[];
  /** Says the same of the columns under their present names. */
  readonly carry: (columns: readonly MovedColumn[]) => void;
  /** Takes back what is staged for columns. */
  readonly drop: (columns: readonly MovedColumn[]) => void;
}

/**
 * Keeps in mind which columns a tab means, whatever they are called later. Order, filters and widths follow them; for
 * staged changes it is asked.
 */
export function useMovedColumns(
  tabId: string,
  content: DataContent,
  shape: TableShape,
  stage: (next: Staged) => void,
): Moved {
  useEffect(() => {
    const carried = viewCarried(content, shape);
    const numbers = numbersOf({ ...content, ...carried }, shape);
    if (carried || numbers !== content.numbers) changeContent(tabId, { ...carried, numbers });
  }, [tabId, content, shape]);
  const moved = useMemo(() => movedColumns(content, shape), [content, shape]);
  const { staged, numbers } = content;
  return {
    moved,
    carry: (columns) => {
      const names = new Map(columns.map(({ from, to }) => [from, to ?? from]));
      const carried = numbersCarried(numbers.staged, shape, [...names.values()]);
      changeContent(tabId, { numbers: { ...numbers, staged: carried } });
      stage(carryOver(staged, names));
    },
    drop: (columns) => stage(withoutColumns(staged, new Set(columns.map(({ from }) => from)))),
  };
}

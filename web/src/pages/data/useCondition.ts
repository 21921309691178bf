import { useRef, useState } from "react";

import type { TableShape } from "~/api/types";
import type { DataContent } from "~/app/dataTab";
import { withFilters } from "./filterSql";

/** The condition above the rows, as text that a person writes. */
export interface Condition {
  /** Changes with a text that was not typed. */
  readonly key: number;
  /** Shows it with what stood there before, or closes it. */
  readonly toggle: () => void;
  readonly close: () => void;
  /** Writes the filters as a part of the condition. */
  readonly fromFilters: () => void;
  /** Takes that back. */
  readonly toFilters: () => void;
}

export function useCondition(
  shape: TableShape,
  content: DataContent,
  onContent: (change: Partial<DataContent>) => void,
): Condition {
  const { filters, where, draft, written } = content;
  const [key, setKey] = useState(0);
  /** What stood there when it was closed. */
  const closed = useRef("");

  const close = () => {
    closed.current = draft ?? "";
    onContent({ draft: null, where: "" });
  };
  return {
    key,
    toggle: () => (draft === null ? onContent({ draft: closed.current }) : close()),
    close,
    fromFilters: () => {
      const sql = withFilters(shape, where, filters);
      onContent({ filters: [], where: sql, draft: sql, written: { filters, where, sql } });
      setKey(key + 1);
    },
    toFilters: () => {
      if (!written) return;
      const before = written.where;
      onContent({
        filters: [...written.filters, ...filters],
        where: before,
        draft: before === "" ? null : before,
        written: null,
      });
      setKey(key + 1);
    },
  };
}

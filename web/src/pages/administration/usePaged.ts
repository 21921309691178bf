import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { problemFrom } from "~/api/problem";
import type { Problem } from "~/api/types";
import { rereadAll } from "./lists";

interface Parts<Part> {
  queryKey: readonly unknown[];
  queryFn: (context: { pageParam: string | null }) => Promise<Part>;
  initialPageParam: string | null;
  getNextPageParam: (last: Part) => string | undefined;
}

interface Paged<Row> {
  /** Undefined while the first part is on its way. */
  rows: readonly Row[] | undefined;
  /** How many there are in all; null while that is not known. */
  total: number | null;
  problem: Problem | null;
  busy: boolean;
  /** Asks for the next part; null at the end. */
  onMore: (() => void) | null;
  reload: () => void;
}

/** A list in parts, as one. While another filter's answer is on its way, the rows of the last one stay. */
export function usePaged<Part, Row>(parts: Parts<Part>, rowsOf: (part: Part) => readonly Row[]): Paged<Row> {
  const { data, error, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    ...parts,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => data?.pages.flatMap(rowsOf), [data, rowsOf]);
  const more = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  return {
    rows,
    total: totalOf(data?.pages.at(-1)),
    problem: error ? problemFrom(error) : null,
    busy: isFetching,
    onMore: hasNextPage ? more : null,
    reload: () => void rereadAll(),
  };
}

/** Lists that are too long to be counted do not say how many there are. */
function totalOf(part: unknown): number | null {
  const says = typeof part === "object" && part !== null && "total" in part && typeof part.total === "number";
  return says ? (part.total as number) : null;
}

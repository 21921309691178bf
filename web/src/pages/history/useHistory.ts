import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";

import { fetchHistory } from "~/api/history";
import { problemFrom } from "~/api/problem";
import type { HistoryEntry } from "~/api/types";

export type Result = HistoryEntry["result"];

/** What is looked for; null: not asked. */
export interface HistorySearch {
  readonly text: string;
  readonly result: Result | null;
  readonly server?: string | null;
  readonly tab?: string | null;
}

/** A part of the history that may grow. */
export interface FoundHistory {
  /** Undefined while the first are on their way. */
  readonly entries: readonly HistoryEntry[] | undefined;
  /** Whether a history is kept at all. */
  readonly kept: boolean;
  /** Whether only some of it were asked for. */
  readonly narrowed: boolean;
  readonly problem: string | null;
  /** Asks for the next ones; null at the end. */
  readonly more: (() => void) | null;
  readonly refresh: () => Promise<unknown>;
}

/** What the person ran, the last first. */
export function useHistory({ text, result, server = null, tab = null }: HistorySearch): FoundHistory {
  const asked = useDeferredValue(text.trim());
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["history", asked, result, server, tab],
    queryFn: ({ pageParam }: { pageParam: string | null }) =>
      fetchHistory({
        ...(asked !== "" && { text: asked }),
        ...(result !== null && { result }),
        ...(server !== null && { server }),
        ...(tab !== null && { tab }),
        ...(pageParam !== null && { cursor: pageParam }),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 0,
  });
  const next = () => {
    if (!isFetchingNextPage) void fetchNextPage();
  };
  return {
    entries: data?.pages.flatMap((page) => page.entries),
    kept: data?.pages[0]?.kept ?? true,
    narrowed: asked !== "" || result !== null,
    problem: error ? problemFrom(error).detail : null,
    more: hasNextPage ? next : null,
    refresh: refetch,
  };
}

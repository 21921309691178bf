import { useQuery } from "@tanstack/react-query";
import { fetchObject } from "~/api/catalog";
import { problemFrom } from "~/api/problem";
import type { ObjectPage, Problem } from "~/api/types";
import { withCredential } from "~/app/connect";
import { queryClient } from "~/app/queryClient";

interface Shown {
  /** The last that PostgreSQL said of it, even when it says nothing more. */
  page: ObjectPage | undefined;
  /** When that was. */
  readAt: Date;
  problem: Problem | null;
  /** It is not there any more, or not for this person. */
  gone: boolean;
  busy: boolean;
  refresh: () => void;
}

/** The page of an object, asked again when the window comes back to the front. What was read stays when it is gone. */
export function useObjectPage(serverId: string, database: string, address: string): Shown {
  const query = useQuery({
    queryKey: ["object", serverId, database, address],
    queryFn: () => withCredential(serverId, () => fetchObject(serverId, database, address)),
    refetchOnWindowFocus: true,
    // A link opens it as it is now.
    staleTime: 5_000,
  });
  const problem = query.error === null ? null : problemFrom(query.error);
  return {
    page: query.data,
    readAt: new Date(query.dataUpdatedAt),
    problem,
    gone: problem?.code === "not_found" || problem?.code === "database_not_found",
    busy: query.isFetching,
    refresh: () => {
      void query.refetch();
      // Its SQL may stand in the tab beside.
      void queryClient.invalidateQueries({ queryKey: ["ddl", serverId, database, address] });
    },
  };
}

import { useQuery } from "@tanstack/react-query";

import { fetchTypes } from "~/api/catalog";
import type { Tab } from "~/app/tabs";
import type { ResultSet } from "~/run/runRecord";

const NO_NAMES: ReadonlyMap<number, string> = new Map();

/** Names of the types of a run's columns that are not built in. A name that cannot be had is left out. */
export function useTypeNames(
  { serverId, database }: Tab,
  results: readonly ResultSet[],
): ReadonlyMap<number, string> {
  const unknown = results.flatMap(({ columns }) => columns.filter((column) => column.type_name == null));
  const oids = [...new Set(unknown.map((column) => column.type_oid))].sort((a, b) => a - b);
  const { data } = useQuery({
    queryKey: ["types", serverId, database, oids],
    queryFn: async () => {
      const types = await fetchTypes(serverId ?? "", database ?? "", oids);
      return new Map(types.map(({ oid, name }) => [oid, name]));
    },
    enabled: serverId !== null && database !== null && oids.length > 0,
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
  return data ?? NO_NAMES;
}

import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { fetchColumns, fetchTypes } from "~/api/catalog";
import type { TabTarget } from "~/app/tabs";
import { valueKind } from "~/grid/valueKind";
import { columnKind, elementOf, meaningOf } from "~/grid/columnKind";
import type { GridColumnView } from "~/grid/columns";
import type { ResultColumn } from "~/run/protocol";

/** Keys of so many tables are looked up; a wider join has no room to show them anyway. */
const MAX_TABLES = 4;

/**
 * The columns of a result with what the catalogue knows of them: names of types that are not built in, and keys. What
 * cannot be had is left out.
 */
export function useColumnViews(
  target: TabTarget,
  columns: readonly ResultColumn[],
): readonly GridColumnView[] {
  const names = useTypeNames(target, columns);
  const keys = useKeys(target, columns);
  return useMemo(
    () =>
      columns.map((column) => ({
        name: column.name,
        type: column.type_name ?? names?.get(column.type_oid) ?? "",
        kind: columnKind(column.type_oid),
        valueKind: valueKind(column.type_oid),
        meaning: meaningOf(column.type_oid),
        element: elementOf(column.type_oid),
        isKey: keys.includes(keyOf(column.table_oid, column.attribute_number)),
      })),
    [columns, names, keys],
  );
}

function useTypeNames({ serverId, database }: TabTarget, columns: readonly ResultColumn[]) {
  const unknown = columns.filter((column) => column.type_name == null).map((column) => column.type_oid);
  const oids = [...new Set(unknown)].sort((a, b) => a - b);
  const { data } = useQuery({
    queryKey: ["types", serverId, database, oids],
    queryFn: async () => {
      const types = await fetchTypes(serverId ?? "", database ?? "", oids);
      return new Map(types.map(({ oid, name }) => [oid, name]));
    },
    enabled: serverId !== null && database !== null && oids.length > 0,
    staleTime: Infinity,
  });
  return data;
}

function useKeys({ serverId, database }: TabTarget, columns: readonly ResultColumn[]): readonly string[] {
  const tables = [...new Set(columns.map((column) => column.table_oid))].filter((oid) => oid !== 0);
  return useQueries({
    queries: tables.slice(0, MAX_TABLES).map((oid) => ({
      queryKey: ["keys", serverId, database, oid],
      queryFn: async () => {
        const { columns } = await fetchColumns(serverId ?? "", database ?? "", oid);
        return columns.filter(({ primary_key }) => primary_key).map(({ number }) => keyOf(oid, number));
      },
      enabled: serverId !== null && database !== null,
    })),
    combine: flatten,
  });
}

function flatten(results: readonly { data: readonly string[] | undefined }[]): readonly string[] {
  return results.flatMap(({ data }) => data ?? []);
}

function keyOf(table: number, attribute: number): string {
  return `${table}.${attribute}`;
}

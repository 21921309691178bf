import { useQuery } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { fetchShape } from "~/api/tableData";
import type { TableShape } from "~/api/types";
import { withCredential } from "~/app/connect";
import type { DataContent } from "~/app/dataTab";
import type { Tab } from "~/app/tabs";
import { sessionOf } from "~/pages/query/sessions";
import type { QuerySession } from "~/run/querySession";
import { type RowsView, TableRows } from "./tableRows";

const kept = new WeakMap<QuerySession, TableRows>();

/** The rows of a tab; null while it has no database. */
export function rowsOf(tab: Tab): TableRows | null {
  const session = sessionOf(tab);
  if (!session) return null;
  const known = kept.get(session);
  if (known) return known;
  const rows = new TableRows(session);
  kept.set(session, rows);
  return rows;
}

/** What is known of the tab's table. */
export function useShape({ serverId, database }: Tab, oid: number) {
  return useQuery({
    queryKey: ["shape", serverId, database, oid],
    queryFn: () => {
      const place = { serverId: serverId ?? "", database: database ?? "", oid };
      return withCredential(place.serverId, () => fetchShape(place));
    },
    enabled: serverId !== null && database !== null,
    retry: false,
    refetchOnWindowFocus: false,
  });
}

/** The rows as they are, read again whenever other ones are asked for. */
export function useRows(rows: TableRows, shape: TableShape | undefined, content: DataContent): RowsView {
  const view = useSyncExternalStore(rows.subscribe, rows.view);
  const asked = JSON.stringify([content.filters, content.sort, content.where]);
  useEffect(() => {
    if (!shape) return;
    const [filters, sort, where] = JSON.parse(asked) as [
      DataContent["filters"],
      DataContent["sort"],
      DataContent["where"],
    ];
    void rows.read({ shape, content: { filters, sort, where } });
  }, [rows, shape, asked]);
  return view;
}

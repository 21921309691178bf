import { fetchQuery } from "~/api/history";
import { problemFrom } from "~/api/problem";
import { queryClient } from "~/app/queryClient";
import { serversQuery } from "~/app/servers";
import { markOf, USUAL } from "~/app/tabOptions";
import { goToTab, openTab, useTabs } from "~/app/tabs";
import { toast } from "~/ui/toast";
import { holdQuery, linkOf } from "./saveTabQuery";

/** Opens a query in a tab of the person's own; it never runs by itself. False when it cannot be had. */
export async function openSavedQuery(id: string): Promise<boolean> {
  try {
    const query = await fetchQuery(id);
    const { name, sql, server_id: serverId, database } = query;
    const held = Object.values(useTabs.getState().tabs).find(({ options }) => options.saved?.id === id);
    // Its name or folder may be others since; only another text is another query.
    if (held && held.options.saved?.mark === markOf(sql ?? "")) {
      holdQuery(held.id, query);
      goToTab(held.id);
      return true;
    }
    // Its server may be one that the person does not see.
    const servers = await queryClient.query({ ...serversQuery, staleTime: "static" });
    const known = serverId != null && servers.some((server) => server.id === serverId);
    openTab({
      title: name,
      sql: sql ?? "",
      options: { ...USUAL, saved: linkOf(query) },
      ...(known && { serverId, database: database ?? null }),
    });
    return true;
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
    return false;
  }
}

import { fetchQuery } from "~/api/history";
import { problemFrom } from "~/api/problem";
import { queryClient } from "~/app/queryClient";
import { serversQuery } from "~/app/servers";
import { USUAL } from "~/app/tabOptions";
import { goToTab, openTab, useTabs } from "~/app/tabs";
import { toast } from "~/ui/toast";
import { linkOf } from "./saveTabQuery";

/** Opens a query in a tab of the person's own; it never runs by itself. False when it cannot be had. */
export async function openSavedQuery(id: string): Promise<boolean> {
  try {
    const query = await fetchQuery(id);
    const { name, sql, server_id: serverId, database } = query;
    const held = Object.values(useTabs.getState().tabs).find(({ options }) => options.saved?.id === id);
    if (held?.options.saved?.version === query.version) {
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

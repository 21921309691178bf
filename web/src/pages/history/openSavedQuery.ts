import { fetchQuery } from "~/api/history";
import { problemFrom } from "~/api/problem";
import { queryClient } from "~/app/queryClient";
import { serversQuery } from "~/app/servers";
import { openTab } from "~/app/tabs";
import { toast } from "~/ui/toast";

/** Opens a query in a tab of the person's own; it never runs by itself. False when it cannot be had. */
export async function openSavedQuery(id: string): Promise<boolean> {
  try {
    const { name, sql, server_id: serverId, database } = await fetchQuery(id);
    // Its server may be one that the person does not see.
    const servers = await queryClient.query({ ...serversQuery, staleTime: "static" });
    const known = serverId != null && servers.some((server) => server.id === serverId);
    openTab({
      title: name,
      sql: sql ?? "",
      ...(known && { serverId, database: database ?? null }),
    });
    return true;
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
    return false;
  }
}

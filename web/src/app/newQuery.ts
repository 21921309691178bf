import { useExpansion } from "~/explorer/expansion";
import { targetOf } from "~/explorer/nodes";
import { knownServer } from "./servers";
import { openTab, type TabTarget, useTabs } from "./tabs";

/** Opens an empty query tab on the database that is said, or on the one that the person is at. */
export function newQuery(on: TabTarget | null = null): string {
  return openTab(on ?? currentTarget());
}

/** Where the person is: in the explorer if the focus is there, otherwise in the active tab. */
export function currentTarget(): TabTarget {
  const { tabs, active } = useTabs.getState();
  const tab = active === null ? undefined : tabs[active];
  const selected = targetOf(useExpansion.getState().selected);
  const inExplorer = document.activeElement?.closest('[role="tree"]') != null;
  if (selected && (inExplorer || tab?.serverId == null)) {
    const server = knownServer(selected.serverId);
    if (server) return { ...selected, database: selected.database ?? server.maintenance_db ?? null };
  }
  return { serverId: tab?.serverId ?? null, database: tab?.database ?? null };
}

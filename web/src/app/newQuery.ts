import { openTab, type TabDraft, useTabs } from "./tabs";

/** Opens an empty query tab on the active tab's database, or on the one that is said. */
export function newQuery(on: Pick<TabDraft, "serverId" | "database"> = {}): string {
  const { tabs, active } = useTabs.getState();
  const current = active === null ? undefined : tabs[active];
  return openTab({
    serverId: on.serverId ?? current?.serverId ?? null,
    database: on.database ?? (on.serverId === undefined ? (current?.database ?? null) : null),
  });
}

import type { DockviewApi } from "dockview-react";
import { useLayout } from "../layout";
import { activateTab, goToTab, useTabs } from "../tabs";

let dock: DockviewApi | null = null;

/**
 * Keeps dockview and the store of tabs alike: the store says which tabs there are and which is active, dockview says
 * where they stand. Returns what takes the two apart again.
 */
export function attachDock(api: DockviewApi): () => void {
  dock = api;
  restore(api);
  followStore(api);
  const stopStore = useTabs.subscribe(() => followStore(api));
  const active = api.onDidActivePanelChange((event) => {
    const panel = "panel" in event ? event.panel : event;
    if (panel) activateTab(panel.id);
  });
  const layout = api.onDidLayoutChange(() => useLayout.setState({ dock: api.toJSON() }));
  return () => {
    if (dock === api) dock = null;
    stopStore();
    active.dispose();
    layout.dispose();
  };
}

/** Moves a tab into a new group beside the one where it stands. */
export function splitTab(id: string, direction: "right" | "below"): void {
  const panel = dock?.getPanel(id);
  if (!dock || !panel || panel.group.panels.length < 2) return;
  const group = dock.addGroup({ referenceGroup: panel.group, direction });
  panel.api.moveTo({ group });
}

/** Whether splitting would leave something behind. */
export function canSplit(id: string): boolean {
  return (dock?.getPanel(id)?.group.panels.length ?? 0) > 1;
}

/** Makes the next tab, in the order on the screen, the active one. */
export function cycleTab(step: 1 | -1): void {
  if (!dock) return;
  const ids = dock.groups.flatMap((group) => group.panels.map((panel) => panel.id));
  const { active } = useTabs.getState();
  const at = active === null ? 0 : ids.indexOf(active);
  const next = ids[(at + step + ids.length) % ids.length];
  if (next !== undefined) goToTab(next);
}

function restore(api: DockviewApi): void {
  const { dock: layout } = useLayout.getState();
  if (!layout) return;
  try {
    api.fromJSON(layout);
  } catch {
    // A layout from another version: the tabs are added one after another instead.
    api.clear();
  }
}

function followStore(api: DockviewApi): void {
  const { tabs, order, active } = useTabs.getState();
  for (const panel of [...api.panels]) if (!(panel.id in tabs)) api.removePanel(panel);
  for (const id of order) {
    const title = tabs[id]?.title ?? "";
    const panel = api.getPanel(id);
    if (!panel) api.addPanel({ id, component: "tab", title, inactive: id !== active });
    else if (panel.title !== title) panel.api.setTitle(title);
  }
  if (active !== null && api.activePanel?.id !== active) api.getPanel(active)?.api.setActive();
}

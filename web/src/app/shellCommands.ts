import {
  Columns2,
  FolderHeart,
  FolderInput,
  FolderOpen,
  History,
  Keyboard,
  PanelLeft,
  Plus,
  Search,
  Server,
  Settings2,
  ShieldCheck,
  SunMoon,
  X,
} from "lucide-react";
import { sectionTitles } from "~/pages/administration/sectionTitles";
import { openList } from "~/pages/history/historyState";
import { importFromPgadmin } from "~/pages/servers/importState";
import { editServer } from "~/pages/servers/serverDialogState";
import { requestCloseActive } from "./closeTab";
import type { Command } from "./commands";
import { showEditorSettings, showShortcuts } from "./editorSettingsState";
import { toggleExplorer, useLayout } from "./layout";
import { openFiles } from "./localFiles";
import { newQuery } from "./newQuery";
import { openPalette } from "./palette/paletteState";
import { sections } from "./paths";
import { openSection } from "./place";
import { moveRegion } from "./regions";
import { useTabs } from "./tabs";
import { chooseTheme, themeChoices } from "./theme";
import { cycleTab, splitTab } from "./workbench/dock";

export const importCommand: Command = {
  id: "server.import",
  title: "Bring servers from pgAdmin",
  icon: FolderInput,
  run: importFromPgadmin,
};

/** What can be done everywhere. */
export const shellCommands: readonly Command[] = [
  { id: "palette", title: "Go to object or command", icon: Search, keys: "Mod+K", run: () => openPalette() },
  { id: "query.new", title: "New query", icon: Plus, keys: "Alt+N", run: () => newQuery() },
  { id: "file.open", title: "Open file", icon: FolderOpen, keys: "Mod+O", run: () => void openFiles() },
  { id: "shortcuts", title: "Keyboard shortcuts", icon: Keyboard, keys: "Alt+K", run: showShortcuts },
  { id: "editor.settings", title: "Editor settings and snippets", icon: Settings2, run: showEditorSettings },
  { id: "tab.close", title: "Close tab", icon: X, keys: "Alt+W", run: requestCloseActive },
  { id: "tab.next", title: "Next tab", keys: "Alt+Shift+PageDown", run: () => cycleTab(1) },
  { id: "tab.previous", title: "Previous tab", keys: "Alt+Shift+PageUp", run: () => cycleTab(-1) },
  { id: "tab.split-right", title: "Split tab right", icon: Columns2, run: () => splitActive("right") },
  { id: "tab.split-down", title: "Split tab down", run: () => splitActive("below") },
  {
    id: "server.add",
    title: "Add server",
    icon: Server,
    keys: "Alt+A",
    run: () => editServer({ mode: "add" }),
  },
  importCommand,
  {
    id: "explorer.toggle",
    title: "Show or hide explorer",
    icon: PanelLeft,
    keys: "Mod+B",
    run: toggleExplorer,
  },
  {
    id: "history",
    title: "History: what you ran",
    icon: History,
    keys: "Alt+Shift+H",
    run: () => openList({ kind: "history" }),
  },
  {
    id: "queries",
    title: "Saved queries",
    icon: FolderHeart,
    keys: "Alt+Q",
    run: () => openList({ kind: "queries" }),
  },
  { id: "queries.save", title: "Save query", icon: FolderHeart, keys: "Alt+Shift+S", run: saveActive },
  { id: "explorer.focus", title: "Go to explorer", run: focusExplorer },
  { id: "region.next", title: "Next region", keys: "Alt+PageDown", run: () => moveRegion(1) },
  { id: "region.previous", title: "Previous region", keys: "Alt+PageUp", run: () => moveRegion(-1) },
  ...themeChoices.map(({ choice, label }) => ({
    id: `theme.${choice}`,
    title: `Theme: ${label.toLowerCase()}`,
    icon: SunMoon,
    run: () => chooseTheme(choice),
  })),
];

/** What only administrators can do. */
export const administrationCommands: readonly Command[] = sections.map((section) => ({
  id: `administration.${section}`,
  title: `Administration: ${sectionTitles[section].toLowerCase()}`,
  icon: ShieldCheck,
  run: () => openSection(section),
}));

function saveActive(): void {
  const { active } = useTabs.getState();
  if (active !== null) openList({ kind: "save", tabId: active });
}

function splitActive(direction: "right" | "below"): void {
  const { active } = useTabs.getState();
  if (active !== null) splitTab(active, direction);
}

function focusExplorer(): void {
  useLayout.setState({ explorerOpen: true });
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[role="tree"]')?.focus());
}

import { ChevronDown, FileCode2, FolderHeart, Link2, Save, Unlink } from "lucide-react";

import { saveTab } from "~/app/localFiles";
import type { Tab } from "~/app/tabs";
import { copyQueryLink } from "~/pages/history/copyQueryLink";
import { openList } from "~/pages/history/historyState";
import { isChangedSince, letQueryGo, saveTabQuery } from "~/pages/history/saveTabQuery";
import { Button } from "~/ui/Button";
import { Menu, type MenuEntry } from "~/ui/Menu";
import styles from "./SavedMenu.module.css";

/** Where the tab's text is saved, and whether it is another by now. */
export function SavedMenu({ tab }: { tab: Tab }) {
  const { saved } = tab.options;
  const changed = isChangedSince(tab);
  const place = saved && [saved.folder, saved.name].filter((part) => part !== "").join("/");
  const save: MenuEntry = {
    kind: "action",
    label: saved ? (saved.owned ? `Save “${saved.name}”` : "Save as a query of your own") : "Save query",
    icon: Save,
    keys: saved ? "Mod+S" : "Alt+Shift+S",
    disabled: saved?.owned === true && !changed,
    run: () => void saveTabQuery(tab.id),
  };
  const entries: MenuEntry[] = saved
    ? [
        save,
        {
          kind: "action",
          label: "Save as another query",
          icon: FolderHeart,
          keys: "Alt+Shift+S",
          run: () => openList({ kind: "save", tabId: tab.id }),
        },
        { kind: "action", label: "Copy link", icon: Link2, run: () => void copyQueryLink(saved.id) },
        { kind: "separator" },
        { kind: "action", label: "Save as a file", icon: FileCode2, run: () => void saveTab(tab.id) },
        { kind: "action", label: "Part with the saved query", icon: Unlink, run: () => letQueryGo(tab.id) },
      ]
    : [
        save,
        {
          kind: "action",
          label: "Save as a file",
          icon: FileCode2,
          keys: "Mod+S",
          run: () => void saveTab(tab.id),
        },
      ];
  return (
    <Menu
      align="end"
      trigger={
        <Button
          variant="ghost"
          icon={FolderHeart}
          iconAfter={ChevronDown}
          fold
          title={
            place === null
              ? "Keep the text under a name, or as a file"
              : changed
                ? `Changed since it was saved as ${place}`
                : `Saved as ${place}`
          }
        >
          {saved === null ? "Save" : changed ? "Changed" : "Saved"}
          {changed && <span className={styles.dot} aria-hidden="true" />}
        </Button>
      }
      entries={entries}
    />
  );
}

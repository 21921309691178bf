import type { IDockviewHeaderActionsProps } from "dockview-react";
import { Columns2, Ellipsis, Plus, Rows2, X } from "lucide-react";
import { IconButton } from "~/ui/Button";
import { Menu } from "~/ui/Menu";
import { requestCloseAll } from "../closeTab";
import { newQuery } from "../newQuery";
import { splitTab } from "./dock";
import styles from "./GroupActions.module.css";

/** Behind the last tab of a group. */
export function NewTab() {
  return (
    <div className={styles.actions}>
      <IconButton icon={Plus} size="sm" label="New query" keys="Alt+N" onClick={() => newQuery()} />
    </div>
  );
}

/** At the right end of a group's tabs. */
export function GroupActions({ activePanel, panels }: IDockviewHeaderActionsProps) {
  const id = activePanel?.id;
  const alone = panels.length < 2;
  const why = alone ? "Split right: needs a second tab here" : "Split right";
  return (
    <div className={styles.actions}>
      <IconButton
        icon={Columns2}
        size="sm"
        label="Split right"
        title={why}
        disabled={alone}
        onClick={() => id !== undefined && splitTab(id, "right")}
      />
      <Menu
        align="end"
        trigger={<IconButton icon={Ellipsis} size="sm" label="More about these tabs" />}
        entries={[
          {
            kind: "action",
            label: "Split down",
            icon: Rows2,
            disabled: alone,
            run: () => id !== undefined && splitTab(id, "below"),
          },
          { kind: "separator" },
          {
            kind: "action",
            label: "Close all tabs here",
            icon: X,
            run: () => void requestCloseAll(panels.map((panel) => panel.id)),
          },
        ]}
      />
    </div>
  );
}

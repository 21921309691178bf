import { ChevronDown, ListTree } from "lucide-react";

import { useMenuCommands } from "~/app/commands";
import type { SessionView } from "~/run/sessionState";
import { Button, IconButton } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { Menu, type MenuEntry } from "~/ui/Menu";
import {
  EXPLAIN_OPTIONS,
  type ExplainKind,
  majorVersion,
  toggleExplainOption,
  useExplainOptions,
} from "./explain";
import styles from "./QueryToolbar.module.css";

interface ExplainMenuProps {
  tabId: string;
  active: boolean;
  view: SessionView;
  disabled: boolean;
  why: string;
  onExplain: (kind: ExplainKind) => void;
}

/** Explain, and with what. Options that the connected server lacks are not offered. */
export function ExplainMenu({ tabId, active, view, disabled, why, onExplain }: ExplainMenuProps) {
  const chosen = useExplainOptions((options) => options.chosen);
  const { state } = view;
  const major = "connection" in state ? majorVersion(state.connection.server_version) : null;
  const options = EXPLAIN_OPTIONS.filter(({ since }) => major === null || since <= major).map(
    ({ option, label }): MenuEntry => ({
      kind: "choice",
      label,
      chosen: chosen.includes(option),
      run: () => toggleExplainOption(option),
    }),
  );
  useMenuCommands(`explain-${tabId}`, active, "Explain with or without", () => options);
  return (
    <span className={classes(styles.split, styles.quiet)}>
      <Button
        variant="ghost"
        icon={ListTree}
        fold
        disabled={disabled}
        title={disabled ? why : "Explain the statement at the cursor (Alt+X)"}
        onClick={() => onExplain("plan")}
      >
        Explain
      </Button>
      <Menu
        align="end"
        trigger={
          <IconButton variant="ghost" icon={ChevronDown} label="Explain options" disabled={disabled} />
        }
        entries={[
          { kind: "action", label: "Explain", icon: ListTree, keys: "Alt+X", run: () => onExplain("plan") },
          {
            kind: "action",
            label: "Explain and run",
            icon: ListTree,
            keys: "Alt+Shift+X",
            run: () => onExplain("analyze"),
          },
          { kind: "separator" },
          { kind: "caption", label: "With" },
          ...options,
        ]}
      />
    </span>
  );
}

import { ArrowDownToLine, CopyPlus, Eye, Plus, RefreshCw, Redo2, Trash2, Undo2 } from "lucide-react";
import { useEffect, useRef } from "react";

import { registerCommands } from "~/app/commands";
import { plural } from "~/ui/format";
import type { Staging } from "./useStaging";

interface Actions {
  readonly apply: () => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly add: () => void;
  readonly duplicate: () => void;
  readonly remove: () => void;
  readonly fillDown: () => void;
  readonly view: () => void;
  readonly setNull: () => void;
  readonly setDefault: () => void;
  readonly setEmpty: () => void;
  readonly readAgain: () => void;
  readonly cancel: () => void;
}

/** Offers what can be done with a table's rows in the palette and by key while the tab is the active one. */
export function useDataCommands(tabId: string, active: boolean, staging: Staging, actions: Actions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  const { staged, canUndo, canRedo } = staging;
  const count = staged.length;
  useEffect(() => {
    if (!active) return;
    const run = (name: keyof Actions) => () => latest.current[name]();
    return registerCommands(`data-${tabId}`, [
      ...(count > 0
        ? [{ id: "data.apply", title: `Apply ${plural(count, "change")}`, keys: "Mod+S", run: run("apply") }]
        : []),
      ...(canUndo
        ? [{ id: "data.undo", title: "Undo change", icon: Undo2, keys: "Mod+Z", run: run("undo") }]
        : []),
      ...(canRedo
        ? [{ id: "data.redo", title: "Redo change", icon: Redo2, keys: "Mod+Shift+Z", run: run("redo") }]
        : []),
      { id: "data.add", title: "Add row", icon: Plus, keys: "Alt+I", run: run("add") },
      { id: "data.duplicate", title: "Duplicate rows", icon: CopyPlus, keys: "Alt+U", run: run("duplicate") },
      { id: "data.remove", title: "Delete rows", icon: Trash2, keys: "Alt+Delete", run: run("remove") },
      { id: "data.fill", title: "Fill down", icon: ArrowDownToLine, keys: "Mod+D", run: run("fillDown") },
      { id: "data.view", title: "View value", icon: Eye, keys: "Alt+Enter", run: run("view") },
      { id: "data.null", title: "Set NULL", keys: "Alt+0", run: run("setNull") },
      { id: "data.default", title: "Set default", keys: "Alt+=", run: run("setDefault") },
      { id: "data.empty", title: "Set empty text", keys: "Alt+'", run: run("setEmpty") },
      { id: "data.read", title: "Read rows again", icon: RefreshCw, keys: "Alt+R", run: run("readAgain") },
      { id: "data.cancel", title: "Cancel reading", keys: "Alt+C", run: run("cancel") },
    ]);
  }, [tabId, active, count, canUndo, canRedo]);
}

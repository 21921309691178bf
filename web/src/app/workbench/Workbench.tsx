import { DockviewReact, type DockviewApi, type DockviewReadyEvent, type DockviewTheme } from "dockview-react";
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useRef } from "react";
import { requestClose } from "../closeTab";
import { styleNonce } from "~/editor/nonce";
import { useTheme } from "../theme";
import { attachDock } from "./dock";
import { GroupActions, NewTab } from "./GroupActions";
import { TabHead } from "./TabHead";
import { TabPanel } from "./TabPanel";
import { Watermark } from "./Watermark";
import styles from "./Workbench.module.css";

const components = { tab: TabPanel };
const nonce = styleNonce();

/** The open tabs: side by side where the person has split them, and otherwise one in front of the others. */
export function Workbench() {
  const dark = useTheme((state) => state.theme !== "light");
  const detach = useRef<(() => void) | null>(null);

  const onReady = useCallback(({ api }: DockviewReadyEvent) => {
    detach.current?.();
    detach.current = attachDock(api);
  }, []);
  useEffect(() => () => detach.current?.(), []);

  return (
    <div className={styles.workbench} onKeyDown={onTabKey} onContextMenu={onTabMenu}>
      <DockviewReact
        components={components}
        defaultTabComponent={TabHead}
        leftHeaderActionsComponent={NewTab}
        rightHeaderActionsComponent={GroupActions}
        watermarkComponent={Watermark}
        onReady={onReady}
        theme={dark ? darkTheme : lightTheme}
        defaultRenderer="always"
        disableFloatingGroups
        scrollbars="native"
        nonce={nonce}
      />
    </div>
  );
}

const theme: DockviewTheme = {
  name: "howdah",
  className: styles.dock ?? "",
  dndTabIndicator: "line",
  tabGroupIndicator: "none",
};
const lightTheme: DockviewTheme = { ...theme, colorScheme: "light" };
const darkTheme: DockviewTheme = { ...theme, colorScheme: "dark" };

export type { DockviewApi };

/** The menu key asks the tab for its menu, which hangs on what the tab shows. */
function onTabMenu(event: MouseEvent) {
  const tab = event.target;
  if (!(tab instanceof HTMLElement) || tab.role !== "tab") return;
  event.preventDefault();
  const { left, bottom } = tab.getBoundingClientRect();
  const place = { clientX: left, clientY: bottom };
  tab
    .querySelector("[data-tab-id]")
    ?.dispatchEvent(new globalThis.MouseEvent("contextmenu", { bubbles: true, cancelable: true, ...place }));
}

/** Delete closes the tab that has the focus; the arrows go to its neighbours. */
function onTabKey(event: KeyboardEvent) {
  const tab = event.target;
  if (!(tab instanceof HTMLElement) || tab.role !== "tab") return;
  switch (event.key) {
    case "Delete": {
      const id = tab.querySelector<HTMLElement>("[data-tab-id]")?.dataset.tabId;
      if (id !== undefined) void requestClose(id);
      break;
    }
    case "ArrowLeft":
    case "ArrowRight": {
      const tabs = [
        ...(tab.closest('[role="tablist"]')?.querySelectorAll<HTMLElement>('[role="tab"]') ?? []),
      ];
      const next = tabs[tabs.indexOf(tab) + (event.key === "ArrowRight" ? 1 : -1)];
      next?.focus();
      break;
    }
    case "Enter":
    case " ":
      tab.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, button: 0 }));
      break;
    default:
      return;
  }
  event.preventDefault();
}

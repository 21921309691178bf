import type { IDockviewPanelProps } from "dockview-react";
import { lazy, type RefObject, Suspense, useEffect, useRef, useState } from "react";
import { ErrorBoundary } from "../ErrorBoundary";
import { objectOf } from "../objectTabs";
import { kindOf, takeFocus, useTabs } from "../tabs";
import styles from "./TabPanel.module.css";
import { TabSyncBanner } from "./TabSyncBanner";

const ObjectTab = lazy(async () => ({ default: (await import("~/pages/object/ObjectTab")).ObjectTab }));
/** Editor and grid arrive with the first query tab. */
const QueryTab = lazy(async () => ({ default: (await import("~/pages/query/QueryTab")).QueryTab }));
const DataTab = lazy(async () => ({ default: (await import("~/pages/data/DataTab")).DataTab }));

/** A tab's content. It is built when the tab is first shown, and then stays while the tab lives. */
export function TabPanel({ api }: IDockviewPanelProps) {
  const tab = useTabs((state) => state.tabs[api.id]);
  const active = useTabs((state) => state.active === api.id);
  const panel = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState(api.isVisible);

  useEffect(() => {
    const change = api.onDidVisibilityChange(({ isVisible }) => isVisible && setShown(true));
    return () => change.dispose();
  }, [api]);

  if (!tab || !shown) return null;
  const object = objectOf(tab);
  return (
    <div ref={panel} className={styles.panel}>
      <ErrorBoundary what={`tab “${tab.title}”`}>
        <Suspense fallback={<Opening />}>
          <TabSyncBanner tab={tab} />
          {object && tab.serverId !== null && tab.database !== null ? (
            <ObjectTab
              key={object.address}
              tab={tab}
              serverId={tab.serverId}
              database={tab.database}
              address={object.address}
            />
          ) : kindOf(tab.id) === "data" ? (
            <DataTab tab={tab} active={active} />
          ) : (
            <QueryTab tab={tab} active={active} />
          )}
          <Focus tabId={tab.id} panel={panel} />
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}

/** Puts the focus into the editor of a tab that the person has just gone to, once the editor is there. */
function Focus({ tabId, panel }: { tabId: string; panel: RefObject<HTMLDivElement | null> }) {
  const wanted = useTabs((state) => state.focusWanted === tabId && state.active === tabId);
  useEffect(() => {
    if (!wanted) return;
    // A frame later: dockview shows a panel that was hidden with the next layout.
    const frame = requestAnimationFrame(() => {
      if (takeFocus(tabId))
        panel.current
          ?.querySelector<HTMLElement>(
            '[data-region="editor"] [role="textbox"], [data-region="object"], [data-region="data"] canvas[tabindex], [data-region="data"]',
          )
          ?.focus();
    });
    return () => cancelAnimationFrame(frame);
  }, [wanted, tabId, panel]);
  return null;
}

/** The bars of a query tab, empty, so that nothing jumps when it comes. */
function Opening() {
  return (
    <div className={styles.opening} aria-busy="true">
      <div className={styles.toolbar} />
    </div>
  );
}

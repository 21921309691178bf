import type { IDockviewPanelProps } from "dockview-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { ErrorBoundary } from "../ErrorBoundary";
import { useTabs } from "../tabs";
import styles from "./TabPanel.module.css";

/** Editor and grid arrive with the first query tab. */
const QueryTab = lazy(async () => ({ default: (await import("~/pages/query/QueryTab")).QueryTab }));

/** A tab's content. It is built when the tab is first shown, and then stays while the tab lives. */
export function TabPanel({ api }: IDockviewPanelProps) {
  const tab = useTabs((state) => state.tabs[api.id]);
  const active = useTabs((state) => state.active === api.id);
  const [shown, setShown] = useState(api.isVisible);

  useEffect(() => {
    const change = api.onDidVisibilityChange(({ isVisible }) => isVisible && setShown(true));
    return () => change.dispose();
  }, [api]);

  if (!tab || !shown) return null;
  return (
    <section className={styles.panel} aria-label={tab.title}>
      <ErrorBoundary what={`tab “${tab.title}”`}>
        <Suspense fallback={<Opening />}>
          <QueryTab tab={tab} active={active} />
        </Suspense>
      </ErrorBoundary>
    </section>
  );
}

/** The bars of a query tab, empty, so that nothing jumps when it comes. */
function Opening() {
  return (
    <div className={styles.opening} aria-busy="true">
      <div className={styles.toolbar} />
    </div>
  );
}

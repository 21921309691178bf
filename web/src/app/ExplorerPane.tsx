import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { EXPLORER_MAX, EXPLORER_MIN, resizeExplorer, useLayout } from "./layout";
import styles from "./ExplorerPane.module.css";

/** The explorer's place in the page, with the edge that makes it wider or narrower. */
export function ExplorerPane({ children }: { children: ReactNode }) {
  const width = useLayout((state) => state.explorerWidth);
  const pane = useRef<HTMLElement>(null);

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) resizeExplorer(event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = pane.current?.offsetWidth ?? EXPLORER_MIN;
    const next = { ArrowLeft: now - 16, ArrowRight: now + 16, Home: EXPLORER_MIN, End: EXPLORER_MAX }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    resizeExplorer(next);
  };

  return (
    <aside
      ref={pane}
      className={styles.pane}
      aria-label="Explorer"
      data-region="explorer"
      style={width === null ? undefined : { width }}
    >
      {children}
      <div
        className={styles.edge}
        role="separator"
        aria-label="Width of the explorer"
        aria-orientation="vertical"
        aria-valuemin={EXPLORER_MIN}
        aria-valuemax={EXPLORER_MAX}
        aria-valuenow={width ?? 264}
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onKeyDown={onKeyDown}
        onDoubleClick={() => useLayout.setState({ explorerWidth: null })}
      />
    </aside>
  );
}

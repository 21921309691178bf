import { type RefObject, useEffect } from "react";

/**
 * Keeps the focus in a grid. The library puts it on an element that stands for the selected cell, and replaces these
 * elements when cells change: the focus would go with them.
 */
export function useGridFocus(root: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const grid = root.current;
    if (!grid) return;
    let focused: Element | null = null;
    const came = ({ target }: FocusEvent) => {
      focused = target instanceof Element ? target : null;
    };
    const watch = new MutationObserver(() => {
      if (!focused || focused.isConnected) return;
      focused = null;
      if (document.activeElement !== document.body) return;
      grid.querySelector<HTMLElement>("canvas[tabindex]")?.focus({ preventScroll: true });
    });
    const left = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget !== null) focused = null;
    };
    grid.addEventListener("focusin", came);
    grid.addEventListener("focusout", left);
    watch.observe(grid, { childList: true, subtree: true });
    return () => {
      watch.disconnect();
      grid.removeEventListener("focusin", came);
      grid.removeEventListener("focusout", left);
    };
  }, [root]);
}

import { type RefObject, useCallback, useEffect, useRef } from "react";

/**
 * Keeps the focus where it belongs. The grid's library puts it on an element that stands for the selected cell and
 * replaces these elements when cells change: the focus would go with them. And a frame after a press it takes the focus,
 * even from a field that a key has opened meanwhile.
 *
 * What is returned is called before the grid is given the focus on purpose.
 */
export function useGridFocus(root: RefObject<HTMLElement | null>): () => void {
  /** Where the focus went to from the grid, until the next frame. */
  const taker = useRef<HTMLElement | null>(null);
  const release = useCallback(() => {
    taker.current = null;
  }, []);
  useEffect(() => {
    const grid = root.current;
    if (!grid) return;
    let focused: Element | null = null;
    const came = ({ target, relatedTarget }: FocusEvent) => {
      if (taker.current !== null && relatedTarget === taker.current) return taker.current.focus();
      focused = target instanceof Element ? target : null;
    };
    const watch = new MutationObserver(() => {
      if (!focused || focused.isConnected) return;
      focused = null;
      if (document.activeElement !== document.body) return;
      grid.querySelector<HTMLElement>("canvas[tabindex]")?.focus({ preventScroll: true });
    });
    const left = ({ relatedTarget }: FocusEvent) => {
      if (!(relatedTarget instanceof HTMLElement)) return;
      focused = null;
      if (grid.contains(relatedTarget)) return;
      taker.current = relatedTarget;
      requestAnimationFrame(() => {
        if (taker.current === relatedTarget) release();
      });
    };
    const byTab = ({ key }: KeyboardEvent) => key === "Tab" && release();
    const ended = new AbortController();
    const { signal } = ended;
    grid.addEventListener("focusin", came, { signal });
    grid.addEventListener("focusout", left, { signal });
    document.addEventListener("pointerdown", release, { signal, capture: true });
    document.addEventListener("keydown", byTab, { signal, capture: true });
    watch.observe(grid, { childList: true, subtree: true });
    return () => {
      watch.disconnect();
      ended.abort();
    };
  }, [root, release]);
  return release;
}

import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from "react";

/**
 * Keeps the focus in a region whose parts come and go: when the focused one has gone with a render, or can be
 * pressed no more, the first of `fallbacks`, which are selectors, that is there takes the focus. The answer goes to the region's element.
 */
export function useFocusKeeper<Region extends HTMLElement>(
  ...fallbacks: string[]
): {
  ref: RefObject<Region | null>;
  onFocus: (event: FocusEvent) => void;
  onBlur: (event: FocusEvent) => void;
} {
  const ref = useRef<Region>(null);
  const focused = useRef<Element | null>(null);

  useLayoutEffect(() => {
    const before = focused.current;
    if (!before || (before.isConnected && !before.matches(":disabled"))) return;
    focused.current = null;
    // A browser takes the focus from a button that was disabled only behind the next frame.
    if (document.activeElement !== document.body && document.activeElement !== before) return;
    const found = fallbacks.map((selector) => ref.current?.querySelector<HTMLElement>(selector));
    found.find((element) => element != null)?.focus();
  });

  return {
    ref,
    onFocus: ({ target }) => {
      focused.current = target;
    },
    onBlur: ({ relatedTarget }) => {
      if (relatedTarget !== null) focused.current = null;
    },
  };
}

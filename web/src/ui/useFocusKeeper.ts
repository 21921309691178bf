import { type FocusEvent, type RefObject, useLayoutEffect, useRef } from "react";

/**
 * Keeps the focus in a region whose parts come and go: when the focused one has gone with a render, the first of
 * `fallbacks`, which are selectors, that is there takes the focus. The answer goes to the region's element.
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
    if (!focused.current || focused.current.isConnected) return;
    focused.current = null;
    if (document.activeElement !== document.body) return;
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

import { type RefObject, useEffect, useRef } from "react";

/** Hears of a press or a turn of the wheel outside of an element. */
export function useOutside(element: RefObject<HTMLElement | null>, left: () => void): void {
  const latest = useRef(left);
  useEffect(() => {
    latest.current = left;
  });
  useEffect(() => {
    const leave = (event: Event) => {
      if (event.target instanceof Node && !element.current?.contains(event.target)) latest.current();
    };
    const ended = new AbortController();
    for (const kind of ["pointerdown", "wheel"]) {
      addEventListener(kind, leave, { capture: true, passive: true, signal: ended.signal });
    }
    return () => ended.abort();
  }, [element]);
}

import { type RefObject, useEffect, useRef } from "react";

/** Hears of a press outside of an element. */
export function useOutside(element: RefObject<HTMLElement | null>, left: () => void): void {
  const latest = useRef(left);
  useEffect(() => {
    latest.current = left;
  });
  useEffect(() => {
    const press = (event: PointerEvent) => {
      if (event.target instanceof Node && !element.current?.contains(event.target)) latest.current();
    };
    addEventListener("pointerdown", press, true);
    return () => removeEventListener("pointerdown", press, true);
  }, [element]);
}

import { type RefObject, useEffect, useRef, useState } from "react";

import type { Rectangle } from "@glideapps/glide-data-grid";
import styles from "./CompositionSink.module.css";
import { composes, watchComposing } from "./composing";

interface CompositionSinkProps {
  readonly root: RefObject<HTMLElement | null>;
  /** What the cell at hand says. */
  readonly label: string;
  /** Where it stands in the window; null when it is out of sight. */
  readonly boundsOf: () => Rectangle | null;
  /** Text was composed on it. */
  readonly onText: (text: string) => void;
}

/**
 * Takes the focus in the place of the cell at hand, where an input method can write: a canvas takes no composition. The
 * keys go on to the grid. While something is composed it is shown over the cell, and then handed on.
 */
export function CompositionSink({ root, label, boundsOf, onText }: CompositionSinkProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [composing, setComposing] = useState(false);
  useEffect(watchComposing, []);
  useEffect(() => {
    const grid = root.current;
    if (!grid) return;
    const canvas = () => grid.querySelector<HTMLElement>("canvas[tabindex]");
    const came = ({ target }: FocusEvent) => {
      if (!composes() || !field.current || target === field.current) return;
      if (!(target instanceof Node) || canvas()?.contains(target) !== true) return;
      place(field.current, grid, boundsOf());
      field.current.focus({ preventScroll: true });
    };
    grid.addEventListener("focusin", came);
    return () => grid.removeEventListener("focusin", came);
  }, [root, boundsOf]);
  const toGrid = (type: "keydown" | "keyup", event: globalThis.KeyboardEvent) => {
    if (event.isComposing || event.key === PROCESSED) return;
    const again = new KeyboardEvent(type, event);
    const canvas = root.current?.querySelector("canvas[tabindex]");
    if (canvas?.dispatchEvent(again) === false) event.preventDefault();
    if (field.current && root.current) place(field.current, root.current, boundsOf());
  };
  return (
    <textarea
      ref={field}
      className={composing ? styles.composing : styles.sink}
      aria-label={label}
      tabIndex={-1}
      rows={1}
      spellCheck={false}
      autoComplete="off"
      onKeyDown={(event) => {
        event.stopPropagation();
        toGrid("keydown", event.nativeEvent);
      }}
      onKeyUp={(event) => {
        event.stopPropagation();
        toGrid("keyup", event.nativeEvent);
      }}
      onCompositionStart={() => setComposing(true)}
      onCompositionEnd={({ data, currentTarget }) => {
        setComposing(false);
        currentTarget.value = "";
        if (data !== "") onText(data);
      }}
    />
  );
}

/** A key that went to the input method. */
const PROCESSED = "Process";

/** Input methods open their lists where the caret is. */
function place(field: HTMLElement, grid: HTMLElement, bounds: Rectangle | null): void {
  if (!bounds) return;
  const frame = grid.getBoundingClientRect();
  field.style.left = `${bounds.x - frame.x}px`;
  field.style.top = `${bounds.y - frame.y}px`;
  field.style.width = `${Math.max(bounds.width, 160)}px`;
  field.style.height = `${bounds.height}px`;
}

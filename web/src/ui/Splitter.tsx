import type { KeyboardEvent, PointerEvent } from "react";
import styles from "./Splitter.module.css";

interface SplitterProps {
  label: string;
  /** The share of the upper part, from 0 to 1. */
  share: number;
  onChange: (share: number) => void;
  /** What a double press goes back to. */
  initial: number;
}

const MIN = 0.1;
const MAX = 0.9;
const STEP = 0.04;

/** The line between an upper and a lower part, moved by pointer or arrow keys. It measures by its parent. */
export function Splitter({ label, share, onChange, initial }: SplitterProps) {
  const set = (next: number) => onChange(Math.min(Math.max(next, MIN), MAX));

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (box) set((event.clientY - box.top) / box.height);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowUp: share - STEP, ArrowDown: share + STEP, Home: MIN, End: MAX }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(next);
  };

  return (
    <div
      className={styles.splitter}
      role="separator"
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuemin={MIN * 100}
      aria-valuemax={MAX * 100}
      aria-valuenow={Math.round(share * 100)}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onChange(initial)}
    />
  );
}

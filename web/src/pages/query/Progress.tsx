import { useEffect, useState } from "react";

import type { SessionState } from "~/run/sessionState";
import { Button } from "~/ui/Button";
import { plural } from "~/ui/format";
import { Elapsed } from "./Elapsed";
import styles from "./Progress.module.css";

interface ProgressProps {
  state: Extract<SessionState, { kind: "running" | "connecting" }>;
  rows: number;
  onCancel: () => void;
}

const PATIENCE_MS = 1000;

/** What goes on and since when. After a second there is a bar, and a way to end it. Give it a `key` per run. */
export function Progress({ state, rows, onCancel }: ProgressProps) {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <span className={styles.words}>
        {words(state)} <Elapsed since={state.startedAt} />
        {rows > 0 && `, ${plural(rows, "row")}`}
      </span>
      {long && (
        <>
          <Button size="sm" disabled={state.kind === "running" && state.cancelling} onClick={onCancel}>
            Cancel
          </Button>
          <span className={styles.bar} aria-hidden="true" />
        </>
      )}
    </>
  );
}

function words(state: ProgressProps["state"]): string {
  if (state.kind === "connecting") return "Connecting";
  if (state.full) return "Waiting";
  return state.cancelling ? "Cancelling" : "Running";
}

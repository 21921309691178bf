import { type ReactNode, useState } from "react";

import { Button } from "~/ui/Button";
import { formatCount } from "~/ui/format";
import styles from "./CellViewer.module.css";

/** So much is shown without a wait. */
const SHOWN = { characters: 256 * 1024, bytes: 64 * 1024, elements: 5_000 };

interface BeginningProps {
  readonly of: keyof typeof SHOWN;
  /** How many there are. */
  readonly whole: number;
  /** Shows them up to `end`. */
  readonly children: (end: number) => ReactNode;
}

/** A value that may be too long to be shown at once: its beginning, and more when that is asked for. */
export function Beginning({ of, whole, children }: BeginningProps) {
  const [end, setEnd] = useState(SHOWN[of]);
  return (
    <>
      {children(Math.min(end, whole))}
      {end < whole && (
        <p className={styles.rest}>
          <span role="status">
            The first {formatCount(end)} of {formatCount(whole)} {of}. A copy has all of them.
          </span>
          <Button size="sm" onClick={() => setEnd(end + SHOWN[of])}>
            Show more
          </Button>
        </p>
      )}
    </>
  );
}

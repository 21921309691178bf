import { lazy, Suspense } from "react";

import type { ComparisonProps } from "./SideBySide";

// Whoever works in one window never needs it.
const SideBySide = lazy(() => import("./SideBySide"));

/** Two versions of a text side by side, with their differences marked. */
export function SqlComparison(props: ComparisonProps) {
  return (
    <Suspense>
      <SideBySide {...props} />
    </Suspense>
  );
}

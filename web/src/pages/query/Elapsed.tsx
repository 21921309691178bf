import { useEffect, useState } from "react";

import { formatDuration } from "~/ui/format";

const TICK_MS = 100;

/** Time that goes on since `since`, an instant of `performance`'s clock. */
export function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.timeOrigin + performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const tenths = Math.floor(Math.max(0, now - since) / TICK_MS) * TICK_MS;
  return <span>{tenths < 60_000 ? `${(tenths / 1000).toFixed(1)} s` : formatDuration(tenths)}</span>;
}

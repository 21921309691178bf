import { useEffect, useState } from "react";

/** Counts down to a moment. */
export interface Wait {
  /** Milliseconds that are left; 0 when it is over, or was never begun. */
  left: number;
  /** Begins one of so many seconds; null or undefined: none. */
  begin: (seconds: number | null | undefined) => void;
}

/** A wait that the server asks for before another attempt counts. */
export function useWait(): Wait {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(Date.now);
  const over = now >= until;
  useEffect(() => {
    if (over) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [over]);
  return {
    left: Math.max(0, until - now),
    begin: (seconds) => {
      setNow(Date.now());
      setUntil(seconds == null ? 0 : Date.now() + seconds * 1_000);
    },
  };
}

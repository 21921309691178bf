import type { LockHolder } from "~/api/types";
import { formatTime } from "~/ui/format";

/** Who it is that holds a lock, and since when: `bob (psql, idle in transaction since 14:02, process 4711)`. */
export function holderWords({ pid, user, application, state, since }: LockHolder): string {
  const time = since == null ? "" : ` since ${formatTime(new Date(since))}`;
  const facts = [application, state == null ? null : `${state}${time}`, `process ${pid}`];
  return `${user ?? "somebody"} (${facts.filter((fact) => fact != null).join(", ")})`;
}

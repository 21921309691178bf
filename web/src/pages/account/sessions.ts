import { queryOptions } from "@tanstack/react-query";
import { endOtherSessions, endSession, fetchSessions } from "~/api/account";
import { hasCode } from "~/api/problem";
import type { SessionSummary } from "~/api/types";
import { queryClient } from "~/app/queryClient";
import { plural } from "~/ui/format";
import { readUserAgent } from "./userAgent";

/** The person's sessions; asked again with each look. By no clock: it would count as use, and keep this one alive. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: fetchSessions,
  staleTime: 0,
});

/** Ends a session of the person's elsewhere. One that has ended already is as well. */
export async function endElsewhere(id: string): Promise<void> {
  try {
    await endSession(id);
  } catch (thrown) {
    if (!hasCode(thrown, "not_found")) throw thrown;
  }
  forget((session) => session.id === id);
}

/** Ends all sessions but this one and returns how many these were. */
export async function endAllElsewhere(): Promise<number> {
  const ended = await endOtherSessions();
  forget((session) => !session.current);
  return ended;
}

/** What ending these sessions does, for the question before it. */
export function consequence(sessions: readonly SessionSummary[]): string {
  const names = sessions.map(({ user_agent }) => readUserAgent(user_agent).name);
  const [only] = names;
  const who = names.length === 1 && only !== undefined ? `${only} is` : `${counted(names)} are`;
  return `${who} signed out at once. Database connections there close, running statements are cancelled, and what is not committed is rolled back. The text of tabs is kept.`;
}

/** `Chrome on Windows (2) and Safari on iPad`; the number alone when they are many. */
function counted(names: readonly string[]): string {
  const numbers = new Map<string, number>();
  for (const name of names) numbers.set(name, (numbers.get(name) ?? 0) + 1);
  if (numbers.size > 3) return plural(names.length, "session");
  const parts = [...numbers].map(([name, number]) => (number === 1 ? name : `${name} (${number})`));
  return new Intl.ListFormat("en-GB", { type: "conjunction" }).format(parts);
}

function forget(ended: (session: SessionSummary) => boolean): void {
  queryClient.setQueryData(sessionsQuery.queryKey, (known) => known?.filter((session) => !ended(session)));
}

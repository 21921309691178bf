import type { Me } from "~/api/types";
import { formatTime } from "~/ui/format";

/** What the page calls the person's provider. */
export function providerName(me: Me): string {
  return me.provider_display_name ?? "The provider";
}

/** What a person must know when the provider does not answer. */
export function unavailableWords(me: Me): string {
  const since = me.provider_status?.since;
  const when = since == null ? "" : ` since ${formatTime(new Date(since))}`;
  return `${providerName(me)} does not answer${when}. Your session goes on; your work is kept. Howdah tries again by itself.`;
}

/** What a person must know when the provider no longer renews the sign-in. */
export function refusedWords(me: Me): string {
  const ends = me.provider_status?.session_ends_at;
  const when = ends == null ? "soon" : `before ${formatTime(new Date(ends))}`;
  return `${providerName(me)} no longer renews your sign-in. Sign in again ${when}; your work is kept.`;
}

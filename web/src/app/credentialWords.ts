import type { ProviderStatus } from "~/api/types";
import { formatInstant, formatTime } from "~/ui/format";
import type { CredentialFacts } from "./status";

interface Words {
  text: string;
  tip: string;
  /** Something keeps it from being renewed, or it is over. */
  warning: boolean;
}

/** Sources whose secret comes of the person's sign-in, so that it ends where the sign-in is not renewed. */
const bySignIn: ReadonlySet<string> = new Set(["signed_in_user", "entra"]);

/** What the status bar says of a credential: what the server told of it, and nothing that it did not. */
export function credentialWords(
  { source, label, fetchedAt, goodUntil }: CredentialFacts,
  provider: ProviderStatus["state"] | undefined,
  now: number,
): Words {
  const end = goodUntil === null ? null : new Date(goodUntil);
  const over = end !== null && end.getTime() <= now;
  const stuck = bySignIn.has(source) && (provider === "refused" || provider === "unavailable");
  const tip = [
    label,
    fetchedAt !== null && `Fetched ${formatInstant(new Date(fetchedAt))}`,
    end && `Good for new connections until ${formatInstant(end)}`,
    over && "This session goes on; the next connection gets a new one",
    stuck &&
      (provider === "refused" ? "Sign in again to renew it" : "The provider that renews it does not answer"),
  ];
  const state = stuck
    ? provider === "refused"
      ? ", not renewed"
      : ", provider does not answer"
    : end
      ? over
        ? `, expired ${formatTime(end, new Date(now))}`
        : `, until ${formatTime(end, new Date(now))}`
      : "";
  return { text: `${label}${state}`, tip: tip.filter(Boolean).join("\n"), warning: over || stuck };
}

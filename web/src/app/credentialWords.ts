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
  { source, label, fetchedAt, goodUntil, renewsAt, renewalProblem }: CredentialFacts,
  provider: ProviderStatus["state"] | undefined,
  now: number,
): Words {
  const end = goodUntil === null ? null : new Date(goodUntil);
  const renewal = renewsAt === null ? null : new Date(renewsAt);
  const over = end !== null && end.getTime() <= now;
  const stuck = bySignIn.has(source) && (provider === "refused" || provider === "unavailable");
  const tip = [
    label,
    fetchedAt !== null && `Fetched ${formatInstant(new Date(fetchedAt))}`,
    end && `Good for new connections until ${formatInstant(end)}`,
    renewal && !stuck && renewalProblem === null && `Renewed by itself ${formatInstant(renewal)}`,
    over && "This session goes on; the next connection gets a new one",
    renewalProblem,
    stuck &&
      (provider === "refused" ? "Sign in again to renew it" : "The provider that renews it does not answer"),
  ];
  return {
    text: `${label}${state()}`,
    tip: tip.filter(Boolean).join("\n"),
    warning: over || stuck || renewalProblem !== null,
  };

  function state(): string {
    const at = (moment: Date) => formatTime(moment, new Date(now));
    if (stuck) return provider === "refused" ? ", not renewed" : ", provider does not answer";
    if (end && over) return `, expired ${at(end)}`;
    if (renewalProblem !== null) return end ? `, not renewed, good until ${at(end)}` : ", not renewed";
    if (renewal) return `, renews ${at(renewal)}`;
    return end ? `, until ${at(end)}` : "";
  }
}

import type { Server } from "~/api/types";

type Audience = NonNullable<Server["audience"]>;

/** Who sees a server, as it is edited. */
export interface AudienceForm {
  who: "private" | "everyone" | "rule";
  /** A line for each claim and value of which one must match: `groups = dba`. */
  rule: string;
  /** The rule as it came, for as long as its text is left alone. */
  came: { text: string; rule: Audience } | null;
}

export const privateAudience: AudienceForm = { who: "private", rule: "", came: null };

export function audienceFormOf(audience: Server["audience"]): AudienceForm {
  if (audience === undefined || audience === "private") return privateAudience;
  if (audience === "everyone") return { ...privateAudience, who: "everyone" };
  const lines = Object.entries(audience).flatMap(([claim, wanted]) =>
    (Array.isArray(wanted) ? wanted : [wanted]).map((value) => `${claim} = ${String(value)}`),
  );
  const text = lines.join("\n");
  return { who: "rule", rule: text, came: { text, rule: audience } };
}

/** The audience that the form says; only for one without error. */
export function audienceOf({ who, rule, came }: AudienceForm): Audience {
  if (who !== "rule") return who;
  if (came?.text === rule) return came.rule;
  const claims: Record<string, string[]> = {};
  for (const [claim, value] of linesOf(rule)) (claims[claim] ??= []).push(value);
  return claims;
}

export function audienceError({ who, rule }: AudienceForm): string | null {
  if (who !== "rule") return null;
  const lines = linesOf(rule);
  if (lines.length === 0) return "A claim and a value, such as groups = dba.";
  const wrong = lines.find(([claim, value]) => claim === "" || value === "");
  return wrong ? "Each line is a claim and a value: groups = dba." : null;
}

function linesOf(rule: string): [string, string][] {
  const lines = rule.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const at = line.indexOf("=");
    return at === -1 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
}

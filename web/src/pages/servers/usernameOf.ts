import type { Me } from "~/api/types";

/** What a template becomes for the person, as far as the browser knows their claims; null: it does not, or it is none. */
export function usernameOf(template: string, me: Me): string | null {
  if (!template.includes("{")) return null;
  const { email } = me;
  const known: Record<string, string | null | undefined> = {
    "{email}": email,
    "{email:local}": email?.split("@")[0],
    "{sub}": me.subject,
  };
  const filled = template.replaceAll(/\{[^{}]*\}/g, (name) => known[name] ?? name);
  return filled.includes("{") ? null : filled;
}

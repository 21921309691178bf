/** Who sees a server, in words: `everyone`, or `groups: dba or ops`. */
export function audienceWords(audience: unknown): string {
  if (typeof audience === "string") return audience;
  if (typeof audience !== "object" || audience === null) return "a rule";
  const rules = Object.entries(audience).map(([claim, values]) => {
    const list: unknown[] = Array.isArray(values) ? values : [values];
    return `${claim}: ${list.map(String).join(" or ")}`;
  });
  return rules.join(", or ");
}

const WITH_ZONE = /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d(?::?\d\d)?$/;

/** What a `timestamptz` is on the clock of whoever looks at it; null when the text says no such instant. */
export function localTime(text: string): string | null {
  if (!WITH_ZONE.test(text)) return null;
  const time = Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  if (Number.isNaN(time)) return null;
  return new Date(time).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What a UUID tells of itself (RFC 9562): its version, and for version 7 when it was made. */
export function uuidFacts(text: string): string | null {
  const version = UUID.exec(text)?.[1];
  if (version === undefined) return null;
  if (version !== "7") return `UUID version ${Number.parseInt(version, 16)}`;
  const time = new Date(Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16));
  return `UUID version 7, made ${time.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" })}`;
}

import type { Tab } from "./tabs";

/**
 * Tells what a tab holds from what it held before, in a few characters. It is compared with what this browser has made
 * itself, so nobody has a reason to look for two texts with the same one.
 */
export function digestOf({
  title,
  serverId,
  database,
  sql,
}: Pick<Tab, "title" | "serverId" | "database" | "sql">): string {
  const text = JSON.stringify([title, serverId, database, sql]);
  // Two FNV-1a hashes of 32 bits that begin differently.
  let one = 0x811c9dc5;
  let two = 0x9e3779b9;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 0x01000193);
    two = Math.imul(two ^ unit, 0x01000193);
  }
  return [text.length, one >>> 0, two >>> 0].map((number) => number.toString(36)).join("-");
}

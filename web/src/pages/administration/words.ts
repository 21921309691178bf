import type { OpenConnection, Role } from "~/api/types";
import { plural } from "~/ui/format";

/** What each role may do, in a sentence. */
export const roleWords: Record<Role, string> = {
  administrator: "Works with databases and looks after people and servers for everyone",
  user: "Works with databases",
  viewer: "Looks at databases; nothing can be written through Howdah",
};

/** `an administrator`, `a user`. */
export function withArticle(role: Role): string {
  return role === "administrator" ? `an ${role}` : `a ${role}`;
}

export const purposeWords: Record<OpenConnection["purpose"], string> = {
  query: "a query tab",
  catalogue: "the explorer",
  export: "a download",
};

/** What disabling an account does, with numbers. */
export function disablingWords(sessions: number, connections: number): string {
  const ends = `Disabling ends ${plural(sessions, "session")} and closes ${plural(connections, "database connection")} at once.`;
  return `${ends} Nobody can sign in to the account until it is enabled again. Its servers and settings stay.`;
}

/** What administrators look after, in the order of the navigation. */
export const sections = ["people", "sessions", "providers", "servers", "connections", "audit"] as const;
export type Section = (typeof sections)[number];

/** Every address of the page, written and read in one place. */
export type Route =
  | { page: "signed-in" }
  | { page: "workbench"; tabId: string | null }
  | { page: "saved-query"; queryId: string }
  | { page: "administration"; section: Section };

export function routeOf(pathname: string): Route {
  if (pathname === "/signed-in") return { page: "signed-in" };
  const name = /^\/administration(?:\/([\w-]+))?$/.exec(pathname);
  if (name) return { page: "administration", section: sections.find((one) => one === name[1]) ?? "people" };
  const queryId = /^\/q\/([\w-]+)$/.exec(pathname)?.[1];
  if (queryId !== undefined) return { page: "saved-query", queryId };
  const tabId = /^\/tabs\/([\w-]+)$/.exec(pathname)?.[1] ?? null;
  return { page: "workbench", tabId };
}

export const paths = {
  workbench: (tabId: string | null) => (tabId === null ? "/" : `/tabs/${tabId}`),
  /** Opens a saved query; runs nothing. */
  savedQuery: (id: string) => `/q/${id}`,
  administration: (section: Section) => `/administration/${section}`,
  /** The sign-in page of the server; it comes back to `next`. */
  login: (next: string) => `/login?next=${encodeURIComponent(next)}`,
  /** Straight to one provider's sign-in. */
  loginWith: (provider: string, next: string) =>
    `/oauth2/login/${encodeURIComponent(provider)}?next=${encodeURIComponent(next)}`,
  signedIn: "/signed-in",
  logout: "/logout",
};

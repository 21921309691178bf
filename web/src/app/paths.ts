/** Every address of the page, written and read in one place. */
export type Route = { page: "signed-in" } | { page: "workbench"; tabId: string | null };

export function routeOf(pathname: string): Route {
  if (pathname === "/signed-in") return { page: "signed-in" };
  const tabId = /^\/tabs\/([\w-]+)$/.exec(pathname)?.[1] ?? null;
  return { page: "workbench", tabId };
}

export const paths = {
  workbench: (tabId: string | null) => (tabId === null ? "/" : `/tabs/${tabId}`),
  /** The sign-in page of the server; it comes back to `next`. */
  login: (next: string) => `/login?next=${encodeURIComponent(next)}`,
  /** Straight to one provider's sign-in. */
  loginWith: (provider: string, next: string) =>
    `/oauth2/login/${encodeURIComponent(provider)}?next=${encodeURIComponent(next)}`,
  signedIn: "/signed-in",
  logout: "/logout",
};

import type { Me } from "~/api/types";

/** Somebody who is signed in through a provider, for tests. */
export function someone(username: string, change: Partial<Me> = {}): Me {
  return {
    username,
    email: `${username}@example.com`,
    display_name: username,
    auth_source: "oauth2",
    provider: "example",
    provider_display_name: "Example ID",
    issuer: "https://id.example.com",
    subject: username,
    role: "user",
    session: { created_at: "2026-11-16T09:00:00Z", expires_at: "2999-01-01T00:00:00Z" },
    provider_status: { state: "ok", since: "2026-11-16T09:00:00Z", session_ends_at: null },
    can_change_password: false,
    ...change,
  };
}

import type { components, operations, paths } from "./generated";

// FIXME: These stand in for what the API's description does not have yet. When `generated.ts` has them, this file goes,
// `types.ts` takes the names from `Schemas`, and `client.ts` uses `paths` as it is.

type Schemas = components["schemas"];

/** How it stands with the provider behind the sign-in. */
export interface ProviderStatus {
  /** `unavailable`: it cannot be reached, the session goes on. `refused`: it no longer renews the sign-in. */
  state: "ok" | "unavailable" | "refused";
  /** RFC 3339. */
  since: string;
  /** RFC 3339: when the session ends unless somebody signs in again. */
  session_ends_at: string | null;
}

export type Me = Schemas["Me"] & {
  /** Null for an account that signs in with a password kept here. */
  provider_status: ProviderStatus | null;
  can_change_password: boolean;
};

/** One of the person's own sessions. Times are RFC 3339. */
export interface OwnSession {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  client_address: string | null;
  user_agent: string | null;
  provider_display_name: string | null;
  current: boolean;
}

interface Json<Body> {
  content: { "application/json": Body };
}

interface Operation<Parameters, Body, Answers> {
  parameters: Parameters;
  requestBody?: Body;
  responses: Answers;
}

interface Unused {
  query?: never;
  header?: never;
  path?: never;
  cookie?: never;
}

type Refused = Json<Schemas["Problem"]>;
interface Empty {
  content?: never;
}

export interface HandWrittenPaths {
  "/api/v1/me": Omit<paths["/api/v1/me"], "get"> & {
    get: Omit<operations["me"], "responses"> & { responses: { 200: Json<Me>; 401: Refused } };
  };
  "/api/v1/me/sessions": {
    get: Operation<Unused, never, { 200: Json<{ sessions: OwnSession[] }>; 401: Refused }>;
    delete: Operation<Unused, never, { 200: Json<{ ended: number }>; 401: Refused }>;
  };
  "/api/v1/me/sessions/{id}": {
    delete: Operation<
      Omit<Unused, "path"> & { path: { id: string } },
      never,
      { 204: Empty; 401: Refused; 404: Refused }
    >;
  };
  "/api/v1/me/password": {
    post: Operation<
      Unused,
      Json<{ current_password: string; new_password: string }>,
      { 204: Empty; 401: Refused; 409: Refused; 422: Refused; 429: Refused }
    >;
  };
}

import { answer, client, ungatedClient } from "./client";
import { ApiError, problemOf } from "./problem";
import type { Me, SessionSummary } from "./types";

export function fetchMe(): Promise<Me> {
  return answer(client.GET("/api/v1/me"));
}

/** Who is signed in in this browser now, whether or not the page waits for somebody; null: nobody. */
export async function whoIsThere(): Promise<Me | null> {
  const { data, error, response } = await ungatedClient.GET("/api/v1/me");
  if (response.status === 401) return null;
  if (data === undefined) throw new ApiError(problemOf(response.status, error));
  return data;
}

/** The person's sessions in all browsers, the newest use first. */
export async function fetchSessions(): Promise<SessionSummary[]> {
  const { sessions } = await answer(client.GET("/api/v1/me/sessions"));
  return sessions.sort((a, b) => Date.parse(b.last_used_at) - Date.parse(a.last_used_at));
}

export async function endSession(id: string): Promise<void> {
  await answer(client.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id } } }));
}

/** Ends all sessions but this one, and says how many these were. */
export async function endOtherSessions(): Promise<number> {
  return (await answer(client.DELETE("/api/v1/me/sessions"))).ended;
}

/** Changes the password of an account that is kept here; its other sessions end. */
export async function changePassword(current: string, next: string): Promise<void> {
  await answer(
    client.POST("/api/v1/me/password", { body: { current_password: current, new_password: next } }),
  );
}

import { answer, client } from "./client";
import type { SavedPassword, SecretsState } from "./types";

/** Whether passwords can be saved, why not, and how it stands with the master password. */
export function fetchSecrets(): Promise<SecretsState> {
  return answer(client.GET("/api/v1/me/secrets"));
}

/** What the person has saved, without the passwords. */
export async function fetchSavedPasswords(): Promise<SavedPassword[]> {
  return (await answer(client.GET("/api/v1/me/saved-passwords"))).saved_passwords;
}

export async function forgetSavedPassword({ server_id, kind }: SavedPassword): Promise<void> {
  const params = { path: { id: server_id }, query: { kind } };
  await answer(client.DELETE("/api/v1/me/saved-passwords/{id}", { params }));
}

/** Forgets all of them, and says how many these were. */
export async function forgetSavedPasswords(): Promise<number> {
  return (await answer(client.DELETE("/api/v1/me/saved-passwords"))).forgotten;
}

/** Sets the first master password. */
export async function setMasterPassword(password: string): Promise<void> {
  await answer(client.POST("/api/v1/me/master-password", { body: { password } }));
}

export async function changeMasterPassword(current: string, next: string): Promise<void> {
  const body = { current_password: current, new_password: next };
  await answer(client.PUT("/api/v1/me/master-password", { body }));
}

/** Forgets the master password with all that it seals, and says how many passwords these were. */
export async function resetMasterPassword(): Promise<number> {
  return (await answer(client.DELETE("/api/v1/me/master-password"))).forgotten;
}

/** Opens what is saved for this session. */
export async function unlockSavedPasswords(password: string): Promise<void> {
  await answer(client.POST("/api/v1/me/master-password/unlock", { body: { password } }));
}

/** Has this session ask for the master password again. */
export async function lockSavedPasswords(): Promise<void> {
  await answer(client.POST("/api/v1/me/master-password/lock"));
}

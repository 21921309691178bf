import { queryOptions } from "@tanstack/react-query";
import { fetchSavedPasswords, fetchSecrets, resetMasterPassword } from "~/api/secrets";
import { problemFrom } from "~/api/problem";
import type { SavedPassword } from "~/api/types";
import { ask } from "~/ui/ask";
import { plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { queryClient } from "./queryClient";

/** How it stands with saved passwords and the master password; asked again with each look. */
export const secretsQuery = queryOptions({ queryKey: ["secrets"], queryFn: fetchSecrets, staleTime: 0 });

/** What the person has saved. */
export const savedPasswordsQuery = queryOptions({
  queryKey: ["saved-passwords"],
  queryFn: fetchSavedPasswords,
  staleTime: 0,
});

/** To be called after anything that changes what is saved, or how it is sealed. */
export function secretsChanged(): void {
  void queryClient.invalidateQueries({ queryKey: secretsQuery.queryKey });
  void queryClient.invalidateQueries({ queryKey: savedPasswordsQuery.queryKey });
}

/** So many are named in a question; more are counted. */
const NAMED = 5;

/** Whom and where saved passwords log in, in a line. */
export function targetsOf(saved: readonly SavedPassword[]): string {
  const named = saved.slice(0, NAMED).map(({ target }) => target);
  const more = saved.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

/** Forgets the master password with all that it seals, once the person has read what that is. True when it is done. */
export async function offerReset(): Promise<boolean> {
  try {
    const saved = await fetchSavedPasswords();
    const count = plural(saved.length, "saved password");
    const one = saved.length === 1;
    const lost =
      saved.length === 0
        ? "You have saved no passwords, so nothing is lost."
        : `Without it nobody can open your ${one ? "saved password" : count}, so ${one ? "it is" : "they are"} forgotten: ${targetsOf(saved)}. Servers and everything else stay; you are asked for ${one ? "that password" : "these passwords"} when you connect next.`;
    const confirm = saved.length === 0 ? "Reset master password" : `Reset and forget ${count}`;
    if (!(await ask({ title: "Reset the master password?", body: lost, confirm, danger: true })))
      return false;
    const forgotten = await resetMasterPassword();
    toast({ text: `The master password is reset. ${plural(forgotten, "saved password")} forgotten.` });
    secretsChanged();
    return true;
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
    return false;
  }
}

import type { Problem } from "~/api/types";

/** What the person typed. */
export interface PasswordForm {
  current: string;
  next: string;
  again: string;
}

/** A sentence beside each field that is wrong. */
export type FieldErrors = { [Name in keyof PasswordForm]?: string | undefined };

export const emptyPasswordForm: PasswordForm = { current: "", next: "", again: "" };

/** What can be told without the server. How long a password must be is the server's business. */
export function wrongFields({ current, next, again }: PasswordForm, asksCurrent = true): FieldErrors {
  return {
    ...(asksCurrent && current === "" && { current: "Type the current password." }),
    ...(next === "" && { next: "Type the new password." }),
    ...(next !== "" && next !== again && { again: "The passwords do not match." }),
  };
}

/** The server's problem beside the field that it is about; null when it is about none. */
export function problemByField({ field, code, detail }: Problem): FieldErrors | null {
  if (field === "current_password" || code === "wrong_password") return { current: detail };
  if (field === "new_password" || field === "password") return { next: detail };
  return null;
}

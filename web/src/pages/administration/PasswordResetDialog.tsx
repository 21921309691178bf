import { useState } from "react";
import { resetPassword } from "~/api/administration";
import type { Person } from "~/api/types";
import { Field } from "~/ui/Field";
import { plural } from "~/ui/format";
import { Input } from "~/ui/Input";
import { toast } from "~/ui/toast";
import { FormDialog } from "./FormDialog";
import { useSubmit } from "./useSubmit";

/** Gives somebody a new password. */
export function PasswordResetDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const [password, setPassword] = useState("");
  const { problem, errorAt, busy, submit } = useSubmit(async () => {
    const ended = await resetPassword(person.id, password);
    onClose();
    toast({ text: `${person.display_name} has a new password; ${plural(ended, "session")} ended` });
  }, ["new_password"]);
  return (
    <FormDialog
      title={`Set the password of ${person.display_name}`}
      confirm="Set password"
      doing="Setting password"
      disabled={password === "" ? "Type the password first" : undefined}
      problem={problem}
      busy={busy}
      onClose={onClose}
      onSubmit={submit}
    >
      <Field
        label="New password"
        error={errorAt("new_password")}
        hint="Tell it to the person; they can change it after they have signed in."
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            autoFocus
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <p>
        This ends {plural(person.active_sessions.length, "session")} at once, and unblocks the account after
        too many wrong passwords.
      </p>
    </FormDialog>
  );
}

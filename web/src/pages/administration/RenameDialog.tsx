import { useState } from "react";
import { changePerson } from "~/api/administration";
import type { Person } from "~/api/types";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import { toast } from "~/ui/toast";
import { FormDialog } from "./FormDialog";
import { useSubmit } from "./useSubmit";

/** Gives a person another user name. */
export function RenameDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const [username, setUsername] = useState(person.username);
  const { problem, errorAt, busy, submit } = useSubmit(async () => {
    const changed = await changePerson(person.id, { username });
    onClose();
    toast({ text: `${person.username} is called ${changed.username} now` });
  }, ["username"]);
  return (
    <FormDialog
      title={`Rename ${person.display_name}`}
      confirm="Rename"
      doing="Renaming"
      disabled={
        username.trim() === "" || username === person.username ? "Type another name first" : undefined
      }
      problem={problem}
      busy={busy}
      onClose={onClose}
      onSubmit={submit}
    >
      <Field
        label="User name"
        error={errorAt("username")}
        hint="Sign-ins at providers go on leading here. Who signs in with a password types the new name."
      >
        {(control) => (
          <Input
            {...control}
            autoFocus
            required
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}

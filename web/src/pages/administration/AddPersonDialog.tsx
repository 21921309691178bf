import { useState } from "react";
import { addPerson } from "~/api/administration";
import type { Person, Role } from "~/api/types";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import { toast } from "~/ui/toast";
import { FormDialog } from "./FormDialog";
import { RoleField } from "./RoleField";
import { useSubmit } from "./useSubmit";

interface AddPersonDialogProps {
  onClose: () => void;
  onAdded: (person: Person) => void;
}

const fields = ["username", "email", "display_name", "password"];

/** Makes an account that signs in with a password kept here. */
export function AddPersonDialog({ onClose, onAdded }: AddPersonDialogProps) {
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("user");
  const { problem, errorAt, busy, submit } = useSubmit(async () => {
    const person = await addPerson({ username, email, display_name: name, role, password });
    toast({ text: `${person.username} can sign in now` });
    onAdded(person);
  }, fields);
  return (
    <FormDialog
      title="Add local account"
      confirm="Add account"
      doing="Adding account"
      disabled={
        username.trim() === "" || password === "" ? "Fill in user name and password first" : undefined
      }
      problem={problem}
      busy={busy}
      onClose={onClose}
      onSubmit={submit}
    >
      <p>
        The account signs in with a password that Howdah keeps. People of your identity providers need none:
        they get their account when they first sign in.
      </p>
      <Field label="User name" error={errorAt("username")}>
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
      <Field
        label="Password"
        error={errorAt("password")}
        hint="Tell it to the person; they can change it after they have signed in."
      >
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="new-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="E-mail address"
        error={errorAt("email")}
        hint="Optional. Database user names may be made from it."
      >
        {(control) => (
          <Input {...control} type="email" value={email} onChange={(event) => setEmail(event.target.value)} />
        )}
      </Field>
      <Field label="Name to show" error={errorAt("display_name")} hint="Optional.">
        {(control) => <Input {...control} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <RoleField role={role} onRole={setRole} />
    </FormDialog>
  );
}

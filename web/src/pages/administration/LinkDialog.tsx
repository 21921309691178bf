import { useState } from "react";
import { linkIdentity } from "~/api/administration";
import type { Person } from "~/api/types";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import { toast } from "~/ui/toast";
import { FormDialog } from "./FormDialog";
import { useSubmit } from "./useSubmit";

/** Lets a sign-in at a provider lead to a person's account, by what the provider calls it. */
export function LinkDialog({ person, onClose }: { person: Person; onClose: () => void }) {
  const [issuer, setIssuer] = useState(person.identities[0]?.issuer ?? "");
  const [subject, setSubject] = useState("");
  const { problem, errorAt, busy, submit } = useSubmit(async () => {
    await linkIdentity(person.id, { issuer: issuer.trim(), subject: subject.trim() });
    onClose();
    toast({ text: `The sign-in leads to ${person.display_name} now` });
  }, ["issuer", "subject"]);
  return (
    <FormDialog
      title={`Link a sign-in to ${person.display_name}`}
      confirm="Link sign-in"
      doing="Linking sign-in"
      disabled={
        issuer.trim() === "" || subject.trim() === "" ? "Fill in issuer and subject first" : undefined
      }
      problem={problem}
      busy={busy}
      onClose={onClose}
      onSubmit={submit}
    >
      <p>
        Whoever the provider calls by this subject comes to this account from then on. If they have tried to
        sign in, they wait under Review, where there is nothing to type.
      </p>
      <Field
        label="Issuer"
        error={errorAt("issuer")}
        hint="The `iss` of the provider's ID tokens; its name in the config where it sends none."
      >
        {(control) => (
          <Input
            {...control}
            mono
            required
            value={issuer}
            onChange={(event) => setIssuer(event.target.value)}
          />
        )}
      </Field>
      <Field label="Subject" error={errorAt("subject")} hint="The person's `sub` there.">
        {(control) => (
          <Input
            {...control}
            mono
            required
            autoFocus
            value={subject}
            onChange={(event) => setSubject(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}

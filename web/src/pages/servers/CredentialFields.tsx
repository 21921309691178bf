import { Info } from "lucide-react";
import type { CredentialChoices } from "~/api/types";
import { useMe } from "~/app/me";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Input, Select } from "~/ui/Input";
import { wordsFor } from "./chooseSource";
import { noteOf } from "./credentialFields";
import { readerOf } from "./credentialForm";
import { type Source, suggestedSource } from "./credentialSources";
import { spans, TextField } from "./FormField";
import styles from "./ServerDialog.module.css";
import { FlowField, shownFields, SourceFields } from "./SourceFields";
import { SourcePicker } from "./SourcePicker";
import { useCredentialChoices } from "./useCredentialChoices";
import type { ServerEdit } from "./useServerForm";
import { usernameOf } from "./usernameOf";

/** What a connection presents, and where it comes from: only what the chosen source needs. */
export function CredentialFields({ edit }: { edit: ServerEdit }) {
  const choices = useCredentialChoices();
  const me = useMe();
  const { form } = edit;
  const filled = usernameOf(form.username, me);

  const choose = (source: Source) => {
    const first = choices.commands[0];
    const command = source === "exec" && form.command === "" && first ? { commandName: first.name } : {};
    edit.choose(source, command);
  };

  return (
    <fieldset className={styles.fields}>
      <legend>Credential</legend>
      <SourcePicker
        value={form.source}
        suggested={suggestedSource(form.host, me.issuer)}
        choices={choices}
        onChange={choose}
      />
      <Refusal edit={edit} />
      <FlowField edit={edit} choices={choices} />
      <TextField
        edit={edit}
        field="username"
        label="Database user"
        span={3}
        mono
        hint={filled === null ? wordsFor(form).hint : `For you: ${filled}`}
      />
      {form.source === "password" && (
        <Field
          label="Password"
          hint="For the test and the first connection. It is not saved."
          className={spans[3]}
        >
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="new-password"
              value={edit.password}
              onChange={(event) => edit.setPassword(event.target.value)}
            />
          )}
        </Field>
      )}
      {form.source === "exec" && <CommandFields edit={edit} choices={choices} />}
      <SourceFields key={form.source} edit={edit} choices={choices} />
      <p className={styles.note}>
        <Icon of={Info} size={14} />
        {noteOf(form.source, readerOf(form.source, form.credential))}
      </p>
    </fieldset>
  );
}

/** What the server said of the credential as a whole, or of a part of it that has no field here. */
function Refusal({ edit }: { edit: ServerEdit }) {
  const shown = shownFields(edit).map(({ path }) => `credential.${path}`);
  const said = Object.entries(edit.refused).find(
    ([path]) =>
      path === "credential" ||
      (path.startsWith("credential.") && edit.form.source !== "exec" && !shown.includes(path)),
  );
  if (!said) return null;
  return (
    <p className={styles.refusal} role="alert">
      {said[1]}
    </p>
  );
}

function CommandFields({ edit, choices }: { edit: ServerEdit; choices: CredentialChoices }) {
  const { form } = edit;
  const free = choices.exec_allowed || form.commandName === "";
  return (
    <>
      <Field label="Command" className={spans[3]} error={edit.errorOf("credential.name")}>
        {(control) => (
          <Select
            {...control}
            value={form.commandName}
            onChange={(event) => edit.set({ commandName: event.target.value })}
          >
            {choices.commands.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
            {free && <option value="">A command of my own</option>}
          </Select>
        )}
      </Field>
      {form.commandName === "" && (
        <TextField
          edit={edit}
          field="command"
          path="credential.command"
          label="Command line"
          span={6}
          mono
          hint="Run on the machine of Howdah, without a shell. %h, %p, %u and %d stand for host, port, user and database."
        />
      )}
      <TextField
        edit={edit}
        field="expiration"
        path="credential.expiration_seconds"
        label="Good for, in seconds"
        span={3}
        mono
        inputMode="numeric"
        placeholder="as long as Howdah runs"
        hint="0: a new secret for every connection."
      />
      <TextField
        edit={edit}
        field="timeout"
        path="credential.timeout_seconds"
        label="May take, in seconds"
        span={3}
        mono
        inputMode="numeric"
        placeholder="as the config says"
      />
    </>
  );
}

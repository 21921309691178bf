import { useQuery } from "@tanstack/react-query";
import { Info } from "lucide-react";
import { fetchCredentialChoices } from "~/api/servers";
import type { CredentialChoices } from "~/api/types";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Input, Select } from "~/ui/Input";
import { spans, TextField } from "./FormField";
import type { ServerForm } from "./form";
import styles from "./ServerDialog.module.css";
import type { ServerEdit } from "./useServerForm";

const nothing: CredentialChoices = { exec_allowed: false, commands: [] };

/** What a connection presents, and where it comes from: only what the chosen source needs. */
export function CredentialFields({ edit }: { edit: ServerEdit }) {
  const { data: choices = nothing } = useQuery({
    queryKey: ["credential-choices"],
    queryFn: fetchCredentialChoices,
    staleTime: 300_000,
  });
  const { form } = edit;
  const commands = choices.exec_allowed || choices.commands.length > 0 || form.source === "exec";

  const choose = (source: ServerForm["source"]) => {
    const first = choices.commands[0];
    edit.set({
      source,
      ...(source === "exec" && form.command === "" && first ? { commandName: first.name } : {}),
    });
  };

  return (
    <fieldset className={styles.fields}>
      <legend>Credential</legend>
      <Field label="Source" className={spans[3]}>
        {(control) => (
          <Select
            {...control}
            value={form.source}
            onChange={(event) => choose(event.target.value as ServerForm["source"])}
          >
            <option value="password">Password</option>
            {commands && <option value="exec">Output of a command</option>}
            <option value="none">Nothing: trust, peer or certificate</option>
          </Select>
        )}
      </Field>
      <TextField
        edit={edit}
        field="username"
        label="Database user"
        span={3}
        mono
        hint={form.username.includes("{") ? "Filled in from each person's sign-in." : undefined}
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
      <p className={styles.note}>
        <Icon of={Info} size={14} />
        {notes[form.source]}
      </p>
    </fieldset>
  );
}

const notes: Record<ServerForm["source"], string> = {
  password: "Asked for at connect and kept in memory while the sign-in lasts.",
  exec: "Nothing is stored. Howdah runs the command when a connection needs a secret, and again when it has expired.",
  none: "No secret is sent. PostgreSQL decides by where the connection comes from, or by its certificate.",
};

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

import { Field } from "~/ui/Field";
import { Checkbox, Select, Textarea } from "~/ui/Input";
import { spans } from "./FormField";
import styles from "./ServerDialog.module.css";
import type { ServerEdit } from "./useServerForm";

const modes: readonly { mode: string; label: string }[] = [
  { mode: "", label: "prefer: TLS where the server offers it" },
  { mode: "verify-full", label: "verify-full: trusted root and right name" },
  { mode: "verify-ca", label: "verify-ca: trusted root, any name" },
  { mode: "require", label: "require: encrypted, not verified" },
  { mode: "allow", label: "allow: TLS only where it is demanded" },
  { mode: "disable", label: "disable: never TLS" },
];

/** How the connection is protected, and what it may do. */
export function SafetyFields({ edit }: { edit: ServerEdit }) {
  const { form } = edit;
  const shown = form.sslmode === "prefer" ? "" : form.sslmode;
  const verifies = shown === "verify-full" || shown === "verify-ca" || form.sslrootcert !== "";
  return (
    <fieldset className={styles.fields}>
      <legend>Safety</legend>
      <Field label="TLS" className={spans[3]} error={edit.errorOf("connection_parameters.sslmode")}>
        {(control) => (
          <Select {...control} value={shown} onChange={(event) => edit.set({ sslmode: event.target.value })}>
            {modes.map(({ mode, label }) => (
              <option key={mode} value={mode}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className={styles.readOnly}>
        <Checkbox
          label="Read only by default"
          checked={form.read_only}
          onChange={(event) => edit.set({ read_only: event.target.checked })}
        />
      </div>
      {verifies && (
        <Field
          label="Root certificates"
          hint="PEM text. Empty: the roots of the system that Howdah runs on."
          error={edit.errorOf("connection_parameters.sslrootcert")}
          className={spans[6]}
        >
          {(control) => (
            <Textarea
              {...control}
              mono
              rows={4}
              placeholder="-----BEGIN CERTIFICATE-----"
              value={form.sslrootcert}
              onChange={(event) => edit.set({ sslrootcert: event.target.value })}
              onBlur={() => edit.leave("connection_parameters.sslrootcert")}
            />
          )}
        </Field>
      )}
    </fieldset>
  );
}

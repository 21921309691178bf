import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import type { CredentialChoices } from "~/api/types";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Checkbox, Input, Select, Textarea } from "~/ui/Input";
import { withValue } from "./chooseSource";
import { type CredentialField, fieldsOf } from "./credentialFields";
import { isKept, readerOf } from "./credentialForm";
import { spans } from "./FormField";
import { SecretField } from "./SecretField";
import styles from "./ServerDialog.module.css";
import { secretsBar } from "./useCredentialChoices";
import type { ServerEdit } from "./useServerForm";

interface SourceFieldsProps {
  edit: ServerEdit;
  choices: CredentialChoices;
}

const SERVICE_BAR = "Only an administrator lends Howdah's own identity";

/** How the credential is obtained; it decides which other fields there are. */
export function FlowField({ edit, choices }: SourceFieldsProps) {
  const [flow] = shownFields(edit);
  return flow?.kind === "choice" ? <OneField edit={edit} choices={choices} field={flow} /> : null;
}

/** What the chosen flow needs, and folded below it what few people need. */
export function SourceFields({ edit, choices }: SourceFieldsProps) {
  const [, ...fields] = shownFields(edit);
  const folded = fields.filter(({ advanced }) => advanced);
  const used = ({ path }: CredentialField) =>
    readerOf(edit.form.source, edit.form.credential)(path) !== "" || isWrong(edit, path);
  const [unfolded, setUnfolded] = useState(() => folded.some(used));
  const open = unfolded || folded.some(({ path }) => isWrong(edit, path));
  const show = (field: CredentialField) => (
    <OneField key={`${edit.form.source}.${field.path}`} edit={edit} choices={choices} field={field} />
  );
  return (
    <>
      {fields.filter(({ advanced }) => !advanced).map(show)}
      {folded.length > 0 && (
        <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setUnfolded(!open)}>
          <Icon of={open ? ChevronDown : ChevronRight} size={14} />
          More: {folded.map(({ label }) => label.charAt(0).toLowerCase() + label.slice(1)).join(", ")}
        </button>
      )}
      {open && folded.map(show)}
    </>
  );
}

/** The paths of the fields that can show an error of their own. */
export function shownFields({ form }: ServerEdit): CredentialField[] {
  return fieldsOf(form.source, readerOf(form.source, form.credential));
}

function isWrong(edit: ServerEdit, path: string): boolean {
  return edit.errorOf(`credential.${path}`) !== undefined;
}

function OneField({ edit, choices, field }: SourceFieldsProps & { field: CredentialField }) {
  const { form } = edit;
  const path = `credential.${field.path}`;
  const value = readerOf(form.source, form.credential)(field.path);
  const set = (typed: string) => edit.set(withValue(form, field.path, typed));
  const error = edit.errorOf(path);
  const leave = () => edit.leave(path);
  const className = spans[field.span];
  const bar = field.service === true && !choices.service_identity_allowed ? SERVICE_BAR : null;
  const common = { label: field.label, hint: bar ?? field.hint, error, className };

  switch (field.kind) {
    case "text":
      return (
        <Field {...common}>
          {(control) => (
            <Input
              {...control}
              mono
              disabled={bar !== null}
              placeholder={field.placeholder}
              value={value}
              onChange={(event) => set(event.target.value)}
              onBlur={leave}
            />
          )}
        </Field>
      );
    case "lines":
      return (
        <Field {...common}>
          {(control) => (
            <Textarea
              {...control}
              mono
              rows={4}
              placeholder={field.placeholder}
              value={value}
              onChange={(event) => set(event.target.value)}
              onBlur={leave}
            />
          )}
        </Field>
      );
    case "secret":
      return (
        <SecretField
          {...common}
          kept={isKept(form.kept, form.source, field.path)}
          lines={field.lines === true}
          bar={secretsBar(choices)}
          value={value}
          onChange={set}
          onLeave={leave}
        />
      );
    case "switch":
      return (
        <div className={className}>
          <Checkbox
            label={field.label}
            checked={value === "true"}
            onChange={(event) => set(event.target.checked ? "true" : "")}
          />
        </div>
      );
    case "choice": {
      const shown = value === "" ? (field.choices[0]?.value ?? "") : value;
      const barred = field.choices.some(({ service }) => service) && !choices.service_identity_allowed;
      const lent = field.choices.some((choice) => choice.service === true && choice.value === shown);
      const known = field.choices.some((choice) => choice.value === shown);
      return (
        <Field {...common} hint={lent && barred ? SERVICE_BAR : field.hint}>
          {(control) => (
            <Select {...control} value={shown} onChange={(event) => set(event.target.value)}>
              {field.choices.map((choice) => (
                <option
                  key={choice.value}
                  value={choice.value}
                  disabled={barred && choice.service === true && choice.value !== value}
                >
                  {choice.label}
                  {barred && choice.service === true && " (administrators only)"}
                </option>
              ))}
              {!known && <option value={shown}>{shown}</option>}
            </Select>
          )}
        </Field>
      );
    }
  }
}

import { useRef, useState } from "react";

import type { ParameterValue } from "~/api/types";
import type { MessageOf } from "~/run/protocol";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input, Select } from "~/ui/Input";
import styles from "./ParametersDialog.module.css";
import { kinds, type Draft, draftOf, problemOf, valueOf } from "./parameterDrafts";

type Needed = MessageOf<"parameters_needed">["parameters"][number];

interface ParametersDialogProps {
  parameters: readonly Needed[];
  /** What was given the last time. */
  known: Readonly<Record<string, ParameterValue>>;
  onRun: (values: Record<string, ParameterValue>) => void;
  onClose: () => void;
}

/** Asks for the values of placeholders. */
export function ParametersDialog({ parameters, known, onRun, onClose }: ParametersDialogProps) {
  const [drafts, setDrafts] = useState<Record<string, Draft>>(() =>
    Object.fromEntries(parameters.map(({ name }) => [name, draftOf(known[name])])),
  );
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const draft = (name: string) => drafts[name] ?? draftOf(undefined);
  const change = (name: string, part: Partial<Draft>) =>
    setDrafts({ ...drafts, [name]: { ...draft(name), ...part } });
  const problems = parameters.map(({ name, is_identifier }) => problemOf(draft(name), is_identifier));
  const run = () => {
    setTried(true);
    if (problems.every((problem) => problem === null)) {
      onRun(Object.fromEntries(parameters.map(({ name }) => [name, valueOf(draft(name))])));
    }
  };
  return (
    <Dialog
      title={parameters.length === 1 ? "Value of the parameter" : "Values of the parameters"}
      description="The statement holds names with a colon; give what stands for them."
      onClose={onClose}
      onPrimary={run}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" keys="Mod+Enter" onClick={run}>
            Run with these values
          </Button>
        </>
      }
    >
      <DialogBody>
        <form
          ref={form}
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          {parameters.map(({ name, is_identifier }, index) => (
            <div key={name} className={styles.line}>
              <Field
                label={is_identifier ? `:"${name}"` : `:${name}`}
                className={styles.value}
                hint={
                  is_identifier
                    ? "The name of an object; Howdah puts it in quotes where it needs them"
                    : undefined
                }
                error={tried ? problems[index] : null}
              >
                {(field) => (
                  <Value control={field} draft={draft(name)} onChange={(text) => change(name, { text })} />
                )}
              </Field>
              {!is_identifier && (
                <Field label={`Type of ${name}`}>
                  {(field) => (
                    <Select
                      {...field}
                      value={draft(name).kind}
                      onChange={(event) => {
                        const kind = kinds.find(({ value }) => value === event.target.value);
                        if (kind) change(name, { kind: kind.value });
                      }}
                    >
                      {kinds.map(({ value, label }) => (
                        <option key={value} value={value}>
                          {label}
                        </option>
                      ))}
                    </Select>
                  )}
                </Field>
              )}
            </div>
          ))}
          <button type="submit" hidden />
        </form>
        <p className={styles.note}>
          Values travel beside the statement, not in its text; history does not keep them. A blank behind the
          colon makes it no parameter.
        </p>
      </DialogBody>
    </Dialog>
  );
}

function Value({
  control,
  draft,
  onChange,
}: {
  control: object;
  draft: Draft;
  onChange: (text: string) => void;
}) {
  switch (draft.kind) {
    case "null":
      return <Input {...control} value="NULL" disabled mono />;
    case "boolean":
      return (
        <Select {...control} value={draft.text} onChange={(event) => onChange(event.target.value)}>
          <option value="true">true</option>
          <option value="false">false</option>
        </Select>
      );
    case "date":
      return (
        <Input
          {...control}
          mono
          value={draft.text}
          placeholder="2026-01-31 or 2026-01-31 09:00"
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "number":
    case "text":
      return (
        <Input
          {...control}
          mono
          value={draft.text}
          inputMode={draft.kind === "number" ? "decimal" : "text"}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}

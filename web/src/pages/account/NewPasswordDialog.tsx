import { type ReactNode, type SyntheticEvent, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { problemFrom } from "~/api/problem";
import type { Problem } from "~/api/types";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import { ProblemText } from "~/ui/ProblemText";
import { useWait } from "~/ui/useWait";
import { WaitWords } from "~/ui/WaitWords";
import styles from "./PasswordDialog.module.css";
import {
  emptyPasswordForm,
  type FieldErrors,
  type PasswordForm,
  problemByField,
  wrongFields,
} from "./passwordForm";

interface NewPasswordDialogProps {
  title: string;
  /** What the fields are called. Without `current` the present one is not asked for: there is none. */
  labels: { current?: string; next: string; again: string };
  /** The button: `Change password`, and `Changing password` meanwhile. */
  action: string;
  busy: string;
  /** Whose it is, for password managers. */
  username: string;
  /** What it is for, above the fields. */
  lead?: ReactNode;
  /** What it does, below them. */
  words?: ReactNode;
  /** Why there is a wait after too many wrong ones. */
  tooMany: string;
  /** Saves the new one, and closes the dialog; rejects with what is wrong. */
  save: (current: string, next: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for a new password twice, and for the present one where there is one. */
export function NewPasswordDialog(props: NewPasswordDialogProps) {
  const { title, labels, action, busy, username, lead, words, tooMany, onClose } = props;
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState<PasswordForm>(emptyPasswordForm);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);
  const wait = useWait();
  const fields = (["current", "next", "again"] as const).filter((name) => labels[name] !== undefined);

  const refuse = (wrong: FieldErrors) => {
    flushSync(() => setErrors(wrong));
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  };
  const change = (name: keyof PasswordForm, value: string) => {
    setTyped({ ...typed, [name]: value });
    // The two copies are judged together, so both are judged anew.
    setErrors(name === "current" ? { ...errors, current: undefined } : { current: errors.current });
  };
  const save = async () => {
    setProblem(null);
    const wrong = wrongFields(typed, labels.current !== undefined);
    if (Object.keys(wrong).length > 0) return refuse(wrong);
    setSaving(true);
    try {
      await props.save(typed.current, typed.next);
    } catch (thrown) {
      const said = problemFrom(thrown);
      wait.begin(said.retry_after_secs);
      const at = problemByField(said);
      if (at) refuse(at);
      else setProblem(said);
    } finally {
      setSaving(false);
    }
  };
  const submit = (event?: SyntheticEvent) => {
    event?.preventDefault();
    if (!saving && wait.left === 0) void save();
  };

  return (
    <Dialog
      title={title}
      size="sm"
      onClose={onClose}
      onPrimary={submit}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            keys="Enter"
            busy={saving}
            disabled={wait.left > 0}
          >
            {saving ? busy : action}
          </Button>
        </>
      }
    >
      <form ref={form} id={formId} className={styles.form} onSubmit={submit} noValidate>
        {wait.left > 0 && <WaitWords why={tooMany} left={wait.left} />}
        {problem && problem.retry_after_secs == null && <ProblemText problem={problem} />}
        {lead !== undefined && <p>{lead}</p>}
        {/* For password managers: whose password it is. */}
        <input
          className="visually-hidden"
          tabIndex={-1}
          aria-hidden="true"
          autoComplete="username"
          value={username}
          readOnly
        />
        {fields.map((name) => (
          <Field key={name} label={labels[name] ?? ""} error={errors[name]}>
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete={name === "current" ? "current-password" : "new-password"}
                autoFocus={name === fields[0]}
                required
                value={typed[name]}
                onChange={(event) => change(name, event.target.value)}
              />
            )}
          </Field>
        ))}
        {words !== undefined && <p className={styles.words}>{words}</p>}
      </form>
    </Dialog>
  );
}

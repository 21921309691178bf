import { type SyntheticEvent, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { changePassword } from "~/api/account";
import { problemFrom } from "~/api/problem";
import type { Problem } from "~/api/types";
import { useMe } from "~/app/me";
import { queryClient } from "~/app/queryClient";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import { ProblemText } from "~/ui/ProblemText";
import { toast } from "~/ui/toast";
import { closeAccountDialog } from "./accountDialogState";
import styles from "./PasswordDialog.module.css";
import {
  emptyPasswordForm,
  type FieldErrors,
  type PasswordForm,
  problemByField,
  wrongFields,
} from "./passwordForm";
import { sessionsQuery } from "./sessions";

const fields = [
  { name: "current", label: "Current password", autoComplete: "current-password" },
  { name: "next", label: "New password", autoComplete: "new-password" },
  { name: "again", label: "New password again", autoComplete: "new-password" },
] as const;

/** Changes the password of an account that is kept here. */
export function PasswordDialog() {
  const { username } = useMe();
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState<PasswordForm>(emptyPasswordForm);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saving, setSaving] = useState(false);

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
    const wrong = wrongFields(typed);
    if (Object.keys(wrong).length > 0) return refuse(wrong);
    setSaving(true);
    try {
      await changePassword(typed.current, typed.next);
      closeAccountDialog();
      toast({ text: "Your password is changed. Your other sessions have ended." });
      void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    } catch (thrown) {
      const said = problemFrom(thrown);
      const at = problemByField(said);
      if (at) refuse(at);
      else setProblem(said);
    } finally {
      setSaving(false);
    }
  };
  const submit = (event?: SyntheticEvent) => {
    event?.preventDefault();
    if (!saving) void save();
  };

  return (
    <Dialog
      title="Change password"
      size="sm"
      onClose={closeAccountDialog}
      onPrimary={submit}
      foot={
        <>
          <Button onClick={closeAccountDialog}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" keys="Enter" busy={saving}>
            {saving ? "Changing password" : "Change password"}
          </Button>
        </>
      }
    >
      <form ref={form} id={formId} className={styles.form} onSubmit={submit} noValidate>
        {problem && <ProblemText problem={problem} />}
        {/* For password managers: whose password it is. */}
        <input
          className="visually-hidden"
          tabIndex={-1}
          aria-hidden="true"
          autoComplete="username"
          value={username}
          readOnly
        />
        {fields.map(({ name, label, autoComplete }) => (
          <Field key={name} label={label} error={errors[name]}>
            {(control) => (
              <Input
                {...control}
                type="password"
                autoComplete={autoComplete}
                autoFocus={name === "current"}
                required
                value={typed[name]}
                onChange={(event) => change(name, event.target.value)}
              />
            )}
          </Field>
        ))}
        <p className={styles.words}>Changing it ends your other sessions; this one goes on.</p>
      </form>
    </Dialog>
  );
}

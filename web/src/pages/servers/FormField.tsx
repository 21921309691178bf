import type { ReactNode } from "react";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import styles from "./ServerDialog.module.css";
import type { ServerEdit } from "./useServerForm";
import type { ServerForm } from "./form";

/** The fields that are one line of text. */
type TextKey = { [Key in keyof ServerForm]: ServerForm[Key] extends string ? Key : never }[keyof ServerForm];

interface TextFieldProps {
  edit: ServerEdit;
  field: TextKey;
  /** The field's path in the API, where it is not its name. */
  path?: string;
  label: string;
  hint?: ReactNode;
  placeholder?: string;
  span: 1 | 2 | 3 | 4 | 6;
  mono?: boolean;
  autoFocus?: boolean;
  inputMode?: "numeric";
  list?: string;
  onPaste?: (text: string) => boolean;
}

/** A labelled text field of the form, with its error from here or from the server. */
export function TextField({
  edit,
  field,
  path = field,
  label,
  hint,
  span,
  onPaste,
  ...input
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={edit.errorOf(path)} className={spans[span]}>
      {(control) => (
        <Input
          {...control}
          {...input}
          value={edit.form[field]}
          onChange={(event) => edit.set({ [field]: event.target.value })}
          onBlur={() => edit.leave(path)}
          onPaste={(event) =>
            onPaste?.(event.clipboardData.getData("text")) === true && event.preventDefault()
          }
        />
      )}
    </Field>
  );
}

export const spans: Record<TextFieldProps["span"], string | undefined> = {
  1: styles.span1,
  2: styles.span2,
  3: styles.span3,
  4: styles.span4,
  6: styles.span6,
};

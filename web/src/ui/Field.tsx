import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { classes } from "./classes";
import { Icon } from "./Icon";
import styles from "./Field.module.css";

/** What ties a control to its label, hint and error. */
export interface ControlProps {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  className?: string | undefined;
  children: (control: ControlProps) => ReactNode;
}

/** A label above a control, and below it a hint, or the sentence that says what is wrong. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const below = error ?? hint;
  const belowId = `${id}-below`;
  const control: ControlProps = {
    id,
    ...(below == null ? {} : { "aria-describedby": belowId }),
    ...(error == null ? {} : { "aria-invalid": true as const }),
  };
  return (
    <div className={classes(styles.field, className)}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      {children(control)}
      {error != null ? (
        <p id={belowId} className={styles.error}>
          <Icon of={CircleAlert} size={14} />
          <span>{error}</span>
        </p>
      ) : (
        hint != null && (
          <p id={belowId} className={styles.hint}>
            {hint}
          </p>
        )
      )}
    </div>
  );
}

import { Check } from "lucide-react";
import { useState } from "react";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Input, Textarea } from "~/ui/Input";
import styles from "./SecretField.module.css";

interface SecretFieldProps {
  label: string;
  hint?: string | undefined;
  error: string | undefined;
  className: string | undefined;
  /** The server keeps one, which nobody sees: it stays until another is typed. */
  kept: boolean;
  /** A PEM text rather than a line. */
  lines: boolean;
  /** Why none can be typed. */
  bar: string | null;
  value: string;
  onChange: (value: string) => void;
  onLeave: () => void;
}

/** A secret, which is written and never shown again. */
export function SecretField(props: SecretFieldProps) {
  const { label, hint, error, className, kept, lines, bar, value, onChange, onLeave } = props;
  const [replacing, setReplacing] = useState(false);
  const below = bar ?? hint;
  const typed = kept && !replacing && value === "" ? null : value;
  return (
    <Field label={label} hint={typed === null ? undefined : below} error={error} className={className}>
      {(control) =>
        typed === null ? (
          <span className={styles.kept}>
            <Icon of={Check} size={14} />
            <span>Kept</span>
            <Button
              {...control}
              size="sm"
              disabled={bar !== null}
              title={bar ?? undefined}
              aria-label={`Replace ${label}`}
              onClick={() => setReplacing(true)}
            >
              Replace
            </Button>
          </span>
        ) : (
          <span className={styles.typed}>
            {lines ? (
              <Textarea
                {...control}
                mono
                rows={4}
                disabled={bar !== null}
                autoFocus={replacing}
                placeholder="-----BEGIN CERTIFICATE-----"
                value={value}
                onChange={(event) => onChange(event.target.value)}
                onBlur={onLeave}
              />
            ) : (
              <Input
                {...control}
                type="password"
                autoComplete="new-password"
                disabled={bar !== null}
                autoFocus={replacing}
                value={value}
                onChange={(event) => onChange(event.target.value)}
                onBlur={onLeave}
              />
            )}
            {kept && (
              <Button
                size="sm"
                aria-label={`Keep the old ${label}`}
                onClick={() => {
                  onChange("");
                  setReplacing(false);
                }}
              >
                Keep the old
              </Button>
            )}
          </span>
        )
      }
    </Field>
  );
}

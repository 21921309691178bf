import { Check } from "lucide-react";
import { useState } from "react";
import { Button } from "~/ui/Button";
import { type ControlProps, Field } from "~/ui/Field";
import { Icon } from "~/ui/Icon";
import { Input, Textarea } from "~/ui/Input";
import styles from "./SecretField.module.css";

interface Secret {
  label: string;
  /** The server keeps one, which nobody sees: it stays until another is typed. */
  kept: boolean;
  /** A PEM text rather than a line. */
  lines: boolean;
  /** Why none can be typed. */
  bar: string | null;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
  onLeave: () => void;
}

interface SecretFieldProps extends Secret {
  hint?: string | undefined;
  error: string | undefined;
  className: string | undefined;
}

/** A secret, which is written and never shown again. */
export function SecretField({ hint, error, className, ...secret }: SecretFieldProps) {
  const [replacing, setReplacing] = useState(false);
  const shown = !isLeftAlone(secret, replacing);
  return (
    <Field
      label={secret.label}
      hint={shown ? (secret.bar ?? hint) : undefined}
      error={error !== undefined && secret.bar !== null ? `${secret.bar}.` : error}
      className={className}
    >
      {(control) => (
        <SecretControl {...secret} control={control} replacing={replacing} onReplace={setReplacing} />
      )}
    </Field>
  );
}

interface SecretControlProps extends Secret {
  /** What ties it to its label, or the label itself. */
  control: ControlProps | { "aria-label": string; "aria-invalid"?: true };
  replacing: boolean;
  onReplace: (replacing: boolean) => void;
}

/** The control of a secret without a label around it. */
export function SecretControl(props: SecretControlProps) {
  const { control, label, kept, lines, bar, placeholder, value, onChange, onLeave, replacing, onReplace } =
    props;
  if (isLeftAlone(props, replacing)) {
    return (
      <span className={styles.kept}>
        <Icon of={Check} size={14} />
        <span>Kept</span>
        <Button
          {...control}
          size="sm"
          disabled={bar !== null}
          title={bar ?? undefined}
          aria-label={`Replace ${label}`}
          onClick={() => onReplace(true)}
        >
          Replace
        </Button>
      </span>
    );
  }
  return (
    <span className={styles.typed}>
      {lines ? (
        <Textarea
          {...control}
          mono
          rows={4}
          disabled={bar !== null}
          autoFocus={replacing}
          placeholder={placeholder ?? "-----BEGIN CERTIFICATE-----"}
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
            onReplace(false);
          }}
        >
          Keep the old
        </Button>
      )}
    </span>
  );
}

function isLeftAlone({ kept, value }: Secret, replacing: boolean): boolean {
  return kept && !replacing && value === "";
}

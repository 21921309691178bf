import { X } from "lucide-react";
import { useId, useState } from "react";
import { IconButton } from "~/ui/Button";
import { Input, Textarea } from "~/ui/Input";
import { isSecretParameter, type Parameter } from "./form";
import { SecretControl } from "./SecretField";
import styles from "./ServerDialog.module.css";

interface ParameterRowProps {
  row: Parameter;
  error: string | undefined;
  /** The server keeps the secret that it names. */
  kept: boolean;
  /** Why no secret can be typed. */
  bar: string | null;
  onChange: (row: Parameter) => void;
  onLeave: () => void;
  onRemove: () => void;
}

/** Parameters that are PEM text, whose lines must stay. */
const pem = new Set(["sslcert", "sslkey", "sslcrl"]);

/** A keyword of libpq and its value; of a secret only whether it is kept. */
export function ParameterRow({ row, error, kept, bar, onChange, onLeave, onRemove }: ParameterRowProps) {
  const [replacing, setReplacing] = useState(false);
  const errorId = useId();
  const keyword = row.keyword.trim();
  const invalid = error === undefined ? {} : { "aria-invalid": true as const, "aria-describedby": errorId };
  const label = keyword === "" ? "Value" : `Value of ${keyword}`;
  const setValue = (value: string) => onChange({ ...row, value });
  return (
    <>
      <div className={styles.parameter}>
        <Input
          mono
          aria-label="Keyword"
          placeholder="connect_timeout"
          value={row.keyword}
          {...invalid}
          autoFocus={row.keyword === ""}
          onChange={(event) => onChange({ ...row, keyword: event.target.value })}
          onBlur={onLeave}
        />
        {isSecretParameter(keyword) ? (
          <SecretControl
            control={{ "aria-label": label }}
            label={keyword}
            kept={kept}
            lines={pem.has(keyword)}
            bar={bar}
            placeholder="-----BEGIN PRIVATE KEY-----"
            value={row.value}
            onChange={setValue}
            onLeave={onLeave}
            replacing={replacing}
            onReplace={setReplacing}
          />
        ) : pem.has(keyword) ? (
          <Textarea
            mono
            rows={4}
            aria-label={label}
            placeholder="-----BEGIN CERTIFICATE-----"
            value={row.value}
            onChange={(event) => setValue(event.target.value)}
          />
        ) : (
          <Input
            mono
            aria-label={label}
            placeholder="10"
            value={row.value}
            onChange={(event) => setValue(event.target.value)}
          />
        )}
        <IconButton icon={X} label={`Remove parameter ${row.keyword}`.trim()} onClick={onRemove} />
      </div>
      {isSecretParameter(keyword) && bar !== null && <p className={styles.hint}>{bar}.</p>}
      {error !== undefined && (
        <p id={errorId} className={styles.error}>
          {error}
        </p>
      )}
    </>
  );
}

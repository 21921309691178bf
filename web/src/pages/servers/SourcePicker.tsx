import {
  Cloud,
  CloudCog,
  IdCard,
  KeyRound,
  type LucideIcon,
  ShieldOff,
  SquareTerminal,
  Ticket,
  Vault,
} from "lucide-react";
import { useId } from "react";
import type { CredentialChoices } from "~/api/types";
import { classes } from "~/ui/classes";
import { Icon } from "~/ui/Icon";
import { barTo, orderedSources, type Source, sourceWords } from "./credentialSources";
import styles from "./SourcePicker.module.css";

const icons: Record<Source, LucideIcon> = {
  signed_in_user: IdCard,
  entra: CloudCog,
  aws_rds: Cloud,
  gcp: Cloud,
  vault: Vault,
  oauth: Ticket,
  password: KeyRound,
  exec: SquareTerminal,
  none: ShieldOff,
};

interface SourcePickerProps {
  value: Source;
  suggested: Source;
  choices: CredentialChoices;
  onChange: (source: Source) => void;
}

/** All sources in sight, the suggested one first; one that may not be chosen says why. */
export function SourcePicker({ value, suggested, choices, onChange }: SourcePickerProps) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label="Source" className={styles.cards}>
      {orderedSources(suggested).map((source) => {
        const { label, line } = sourceWords[source];
        const bar = source === value ? null : barTo(source, choices);
        const id = `${name}-${source}`;
        return (
          <label
            key={source}
            className={classes(styles.card, bar !== null && styles.barred)}
            title={bar ?? line}
          >
            <input
              type="radio"
              className="visually-hidden"
              name={name}
              value={source}
              checked={source === value}
              disabled={bar !== null}
              aria-labelledby={`${id}-label`}
              aria-describedby={`${id}-line`}
              onChange={() => onChange(source)}
            />
            <Icon of={icons[source]} />
            <span id={`${id}-label`} className={styles.label}>
              {label}
            </span>
            <span id={`${id}-line`} className={styles.line}>
              {bar ?? (source === suggested ? <b className={styles.suggested}>Suggested here</b> : line)}
            </span>
          </label>
        );
      })}
    </div>
  );
}

import { useId } from "react";
import { classes } from "./classes";
import styles from "./Segmented.module.css";

interface Choice<Value extends string> {
  value: Value;
  label: string;
  production?: boolean;
}

interface SegmentedProps<Value extends string> {
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
}

/** One of a few, all in sight. Radio buttons underneath, so the arrow keys work as everywhere. */
export function Segmented<Value extends string>({ label, value, choices, onChange }: SegmentedProps<Value>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className={styles.group}>
      {choices.map((choice) => (
        <label key={choice.value} className={classes(styles.choice, choice.production && styles.production)}>
          <input
            type="radio"
            className="visually-hidden"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          {choice.label}
        </label>
      ))}
    </div>
  );
}

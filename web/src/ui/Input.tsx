import { ChevronDown, type LucideIcon } from "lucide-react";
import type { InputHTMLAttributes, Ref, SelectHTMLAttributes, TextareaHTMLAttributes } from "react";
import { classes } from "./classes";
import { Icon } from "./Icon";
import styles from "./Input.module.css";

interface Look {
  /** For names and values that PostgreSQL reads. */
  mono?: boolean;
  size?: "sm" | "md";
  /** With a softer edge, for a filter in a bar. */
  quiet?: boolean;
}

type InputProps = Look &
  Omit<InputHTMLAttributes<HTMLInputElement>, "size" | "className"> & { ref?: Ref<HTMLInputElement> };

export function Input({ mono, size, quiet, icon, ...rest }: InputProps & { icon?: LucideIcon }) {
  const input = (
    <input autoComplete="off" spellCheck={false} {...rest} className={look({ mono, size, quiet })} />
  );
  if (!icon) return input;
  return (
    <span className={styles.withIcon}>
      <Icon of={icon} size={14} />
      {input}
    </span>
  );
}

type TextareaProps = Look & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "className">;

export function Textarea({ mono, size, quiet, ...rest }: TextareaProps) {
  return (
    <textarea spellCheck={false} {...rest} className={classes(look({ mono, size, quiet }), styles.area)} />
  );
}

type SelectProps = Look & Omit<SelectHTMLAttributes<HTMLSelectElement>, "size" | "className">;

/** The browser's own select: it knows every keyboard and every screen reader. */
export function Select({ mono, size, quiet, ...rest }: SelectProps) {
  return (
    <span className={styles.select}>
      <select {...rest} className={look({ mono, size, quiet })} />
      <Icon of={ChevronDown} size={14} />
    </span>
  );
}

interface CheckboxProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "type" | "className"> {
  label: string;
}

export function Checkbox({ label, ...rest }: CheckboxProps) {
  return (
    <label className={styles.check}>
      <input type="checkbox" {...rest} />
      {label}
    </label>
  );
}

function look({ mono, size, quiet }: { [key in keyof Look]: Look[key] | undefined }): string {
  return classes(styles.input, mono && styles.mono, size === "sm" && styles.sm, quiet && styles.quiet);
}

import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { classes } from "./classes";
import { Icon } from "./Icon";
import { Kbd } from "./Kbd";
import { ariaKeys, joined, type Shortcut } from "./keys";
import styles from "./Button.module.css";

interface Common extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children" | "className"> {
  variant?: "primary" | "secondary" | "ghost" | "danger" | "danger-quiet";
  size?: "sm" | "md" | "lg";
  /** Pressed state of a switch-like button. */
  on?: boolean;
  keys?: Shortcut;
  className?: string | undefined;
  ref?: Ref<HTMLButtonElement> | undefined;
}

interface ButtonProps extends Common {
  icon?: LucideIcon;
  iconAfter?: LucideIcon;
  /** Shows that the action goes on; the label says what. The button stays where it is and takes no second press. */
  busy?: boolean;
  /** In narrow windows only the icon stays; the label remains for assistive technology. */
  fold?: boolean;
  wide?: boolean;
  children: ReactNode;
}

/** A button with a label: a verb with its object. */
export function Button(props: ButtonProps) {
  const { icon, iconAfter, busy = false, fold = false, wide = false, keys, children, ...rest } = props;
  const size = rest.size === "sm" ? 14 : 16;
  return (
    <button
      {...attributes(rest, keys)}
      className={classes(look(rest), fold && styles.fold, wide && styles.wide)}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    >
      {busy ? <span className={styles.spinner} aria-hidden="true" /> : icon && <Icon of={icon} size={size} />}
      <span className={styles.label}>{children}</span>
      {keys !== undefined && (
        <Kbd keys={keys} bare={rest.variant === "primary" || rest.variant === "danger"} />
      )}
      {iconAfter && <Icon of={iconAfter} size={14} />}
    </button>
  );
}

interface IconButtonProps extends Common {
  icon: LucideIcon;
  label: string;
}

/** A button whose label is its name and tooltip. */
export function IconButton({ icon, label, keys, variant = "ghost", ...rest }: IconButtonProps) {
  const tip = keys === undefined ? label : `${label} (${joined(keys)})`;
  return (
    <button
      {...attributes(rest, keys)}
      className={classes(look({ ...rest, variant }), styles.icon)}
      aria-label={label}
      title={rest.title ?? tip}
    >
      <Icon of={icon} />
    </button>
  );
}

function look({ variant = "secondary", size = "md", on = false, className }: Common): string {
  return classes(styles.button, styles[variant], styles[size], on && styles.on, className);
}

function attributes(
  { variant: _v, size: _s, on, className: _c, ...rest }: Common,
  keys: Shortcut | undefined,
) {
  return {
    type: "button" as const,
    ...(on === undefined ? {} : { "aria-pressed": on }),
    ...(keys === undefined ? {} : { "aria-keyshortcuts": ariaKeys(keys) }),
    ...rest,
  };
}

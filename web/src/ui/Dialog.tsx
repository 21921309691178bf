import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { KeyboardEvent, ReactNode, RefObject } from "react";
import { IconButton } from "./Button";
import { classes } from "./classes";
import { matches, type Shortcut } from "./keys";
import { useReturnFocus } from "./useReturnFocus";
import styles from "./Dialog.module.css";

interface DialogProps {
  title: string;
  /** Said to assistive technology when the dialog opens. */
  description?: string;
  size?: "sm" | "md" | "lg";
  /** The person wants out: Esc, the cross, or a press beside the dialog. */
  onClose: () => void;
  /** Ctrl+Enter. */
  onPrimary?: () => void;
  /** Further keys, while the focus is in the dialog. */
  shortcuts?: Readonly<Record<Shortcut, () => void>>;
  /** What takes the focus first; without it, the first field or button. */
  initialFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
  /** Buttons: quiet ones first, the primary last. */
  foot: ReactNode;
  /** What stands at the left of the foot. */
  footStart?: ReactNode;
}

/** A dialog: focus stays inside, Esc closes, Ctrl+Enter does the primary, and focus returns to where it was. */
export function Dialog(props: DialogProps) {
  const {
    title,
    description,
    size = "md",
    onClose,
    onPrimary,
    shortcuts,
    initialFocus,
    children,
    foot,
    footStart,
  } = props;
  const returnFocus = useReturnFocus();
  const onKeyDown = (event: KeyboardEvent) => {
    const all = { ...shortcuts, ...(onPrimary ? { "Mod+Enter": onPrimary } : {}) };
    for (const [keys, run] of Object.entries(all)) {
      if (!matches(event.nativeEvent, keys)) continue;
      event.preventDefault();
      run();
    }
  };
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={styles.scrim} />
        <Radix.Content
          className={classes(styles.dialog, styles[size])}
          onKeyDown={onKeyDown}
          onCloseAutoFocus={returnFocus}
          onOpenAutoFocus={(event) => {
            const first = initialFocus?.current ?? firstField(event.currentTarget as HTMLElement);
            if (!first) return;
            event.preventDefault();
            first.focus();
          }}
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
        >
          <header className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            {description !== undefined && (
              <Radix.Description className="visually-hidden">{description}</Radix.Description>
            )}
            <IconButton icon={X} label="Close" keys="Esc" onClick={onClose} />
          </header>
          {children}
          <footer className={styles.foot}>
            {footStart}
            <div className={styles.end}>{foot}</div>
          </footer>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The padded, scrolling middle of a dialog that needs nothing special. */
export function DialogBody({ children }: { children: ReactNode }) {
  return <div className={styles.body}>{children}</div>;
}

/** Where a person goes on: the first field, or the first button that answers. The cross is nobody's aim. */
function firstField(dialog: HTMLElement): HTMLElement | null {
  const field = ":is(input, select, textarea, [contenteditable='true'], [tabindex='0']):not(:disabled)";
  return (
    dialog.querySelector<HTMLElement>(field) ??
    dialog.querySelector<HTMLElement>(`.${CSS.escape(styles.end ?? "")} > button:not(:disabled)`)
  );
}

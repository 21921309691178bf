import { CircleCheck, CircleX, Info, type LucideIcon, X } from "lucide-react";
import { create } from "zustand";
import { Button, IconButton } from "./Button";
import { Icon } from "./Icon";
import styles from "./toast.module.css";

type ToastTone = "success" | "info" | "danger";

interface ToastDraft {
  tone?: ToastTone;
  text: string;
  action?: { label: string; run: () => void };
}

interface Toast extends ToastDraft {
  id: number;
}

const useToasts = create<{ toasts: readonly Toast[] }>()(() => ({ toasts: [] }));
let lastId = 0;
const SHOWN_MS = 6_000;

/** Tells of something that is done and needs nothing. What needs an answer is a banner or a dialog. */
export function toast(draft: ToastDraft): void {
  setTimeout(toastUntil(draft), SHOWN_MS);
}

/** Tells of something that goes on, until what is answered is called. */
export function toastUntil(draft: ToastDraft): () => void {
  const id = ++lastId;
  // What is said again takes the place of what was said.
  useToasts.setState(({ toasts }) => ({
    toasts: [...toasts.filter(({ text }) => text !== draft.text).slice(-2), { ...draft, id }],
  }));
  return () => dismiss(id);
}

function dismiss(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((other) => other.id !== id) }));
}

const icons: Record<ToastTone, LucideIcon> = { success: CircleCheck, info: Info, danger: CircleX };

/** Where toasts appear. Stands once in the page, and is there before the first one so that it is announced. */
export function Toaster() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <div className={styles.stack} role="status" aria-live="polite">
      {toasts.map(({ id, tone = "success", text, action }) => (
        <div key={id} className={styles.toast}>
          <Icon of={icons[tone]} className={styles[tone]} />
          <span className={styles.text}>{text}</span>
          {action && (
            <Button
              variant="ghost"
              size="sm"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton icon={X} size="sm" label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}

import { type ReactNode, type SyntheticEvent, useId } from "react";
import type { Problem } from "~/api/types";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ProblemText } from "~/ui/ProblemText";
import styles from "./FormDialog.module.css";

interface FormDialogProps {
  title: string;
  /** The verb with its object. */
  confirm: string;
  /** The same while it goes on. */
  doing: string;
  danger?: boolean;
  /** Why it cannot be done now. */
  disabled?: string | undefined;
  problem: Problem | null;
  busy: boolean;
  onClose: () => void;
  onSubmit: (event?: SyntheticEvent) => void;
  children: ReactNode;
}

/** A dialog with a few fields and one thing to do. */
export function FormDialog(props: FormDialogProps) {
  const {
    title,
    confirm,
    doing,
    danger = false,
    disabled,
    problem,
    busy,
    onClose,
    onSubmit,
    children,
  } = props;
  const formId = useId();
  return (
    <Dialog
      title={title}
      size="sm"
      onClose={onClose}
      onPrimary={() => disabled === undefined && onSubmit()}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant={danger ? "danger" : "primary"}
            keys="Mod+Enter"
            busy={busy}
            disabled={disabled !== undefined}
            title={disabled}
          >
            {busy ? doing : confirm}
          </Button>
        </>
      }
    >
      <form id={formId} className={styles.form} onSubmit={onSubmit} noValidate>
        {problem && <ProblemText problem={problem} />}
        {children}
      </form>
    </Dialog>
  );
}

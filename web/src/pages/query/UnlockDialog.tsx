import { type Ref, useRef, useState } from "react";

import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";

export const MAX_REASON = 500;

interface UnlockDialogProps {
  /** The server and the database. */
  target: string;
  /** What is done at once when it is unlocked. */
  then?: string;
  /** The server is marked as production. */
  production?: boolean;
  onUnlock: (reason: string) => void;
  onClose: () => void;
}

/** Asks why a session on a server that is read only by default must write. */
export function UnlockDialog({ target, then, production = false, onUnlock, onClose }: UnlockDialogProps) {
  const [reason, setReason] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const unlock = () => {
    if (reason.trim() === "") return field.current?.focus();
    onUnlock(reason.trim());
    onClose();
  };
  return (
    <Dialog
      title="Unlock writing?"
      size="sm"
      description={`Sessions on ${target} are read only by default`}
      initialFocus={field}
      onClose={onClose}
      onPrimary={unlock}
      foot={
        <>
          <Button onClick={onClose}>Stay read only</Button>
          <Button variant="danger" keys="Mod+Enter" disabled={reason.trim() === ""} onClick={unlock}>
            {then === undefined ? "Unlock writing" : `Unlock and ${then}`}
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>
          {production && (
            <>
              <b>{target}</b> is marked as production.{" "}
            </>
          )}
          Sessions on <b>{target}</b> are read only by default. This tab may write until its session ends or
          you lock it again.
        </p>
        <ReasonField value={reason} onChange={setReason} onEnter={unlock} field={field} />
      </DialogBody>
    </Dialog>
  );
}

interface ReasonFieldProps {
  value: string;
  onChange: (reason: string) => void;
  onEnter: () => void;
  field: Ref<HTMLInputElement>;
}

/** Why writing is unlocked; it goes into the audit trail. */
export function ReasonField({ value, onChange, onEnter, field }: ReasonFieldProps) {
  return (
    <Field label="Reason" hint="Such as a ticket. It stands in the audit trail with your name.">
      {(control) => (
        <Input
          {...control}
          ref={field}
          maxLength={MAX_REASON}
          value={value}
          onChange={({ target }) => onChange(target.value)}
          onKeyDown={(event) => event.key === "Enter" && !event.ctrlKey && !event.metaKey && onEnter()}
        />
      )}
    </Field>
  );
}

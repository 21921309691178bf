import { useState } from "react";

import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";

interface RenameDialogProps {
  name: string;
  onRename: (name: string) => void;
  onClose: () => void;
}

/** Asks for another name of a result. */
export function RenameDialog({ name, onRename, onClose }: RenameDialogProps) {
  const [text, setText] = useState(name);
  const rename = () => {
    if (text.trim() !== "") onRename(text.trim());
    onClose();
  };
  return (
    <Dialog
      title="Rename result"
      size="sm"
      onClose={onClose}
      onPrimary={rename}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" keys="Mod+Enter" disabled={text.trim() === ""} onClick={rename}>
            Rename result
          </Button>
        </>
      }
    >
      <DialogBody>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            rename();
          }}
        >
          <Field label="Name">
            {(field) => <Input {...field} value={text} onChange={(event) => setText(event.target.value)} />}
          </Field>
        </form>
      </DialogBody>
    </Dialog>
  );
}

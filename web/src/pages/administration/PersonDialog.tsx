import type { Person } from "~/api/types";
import { LinkDialog } from "./LinkDialog";
import { PasswordResetDialog } from "./PasswordResetDialog";
import { RemoveDialog } from "./RemoveDialog";
import { RenameDialog } from "./RenameDialog";
import { RoleDialog } from "./RoleDialog";

export type PersonDialogKind = "role" | "rename" | "password" | "link" | "remove";

interface PersonDialogProps {
  kind: PersonDialogKind;
  person: Person;
  onClose: () => void;
  onRemoved: () => void;
}

/** The dialog for what an administrator has chosen to do to a person. */
export function PersonDialog({ kind, person, onClose, onRemoved }: PersonDialogProps) {
  switch (kind) {
    case "role":
      return <RoleDialog person={person} onClose={onClose} />;
    case "rename":
      return <RenameDialog person={person} onClose={onClose} />;
    case "password":
      return <PasswordResetDialog person={person} onClose={onClose} />;
    case "link":
      return <LinkDialog person={person} onClose={onClose} />;
    case "remove":
      return <RemoveDialog person={person} onClose={onClose} onRemoved={onRemoved} />;
  }
}

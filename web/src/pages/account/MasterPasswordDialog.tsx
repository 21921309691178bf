import { changeMasterPassword } from "~/api/secrets";
import { TOO_MANY } from "~/app/MasterPasswordPrompt";
import { useMe } from "~/app/me";
import { secretsChanged } from "~/app/secrets";
import { toast } from "~/ui/toast";
import { showSavedPasswords } from "./accountDialogState";
import { NewPasswordDialog } from "./NewPasswordDialog";

/** Puts another master password in the place of the present one. */
export function MasterPasswordDialog() {
  const { username } = useMe();
  const save = async (current: string, next: string) => {
    await changeMasterPassword(current, next);
    secretsChanged();
    showSavedPasswords();
    toast({ text: "Your master password is changed. Your other sessions ask for the new one." });
  };
  return (
    <NewPasswordDialog
      title="Change master password"
      labels={{
        current: "Current master password",
        next: "New master password",
        again: "New master password again",
      }}
      action="Change master password"
      busy="Changing master password"
      username={username}
      words="Everything that you saved is sealed anew with it. Your other sessions ask for the new one."
      tooMany={TOO_MANY}
      save={save}
      onClose={showSavedPasswords}
    />
  );
}

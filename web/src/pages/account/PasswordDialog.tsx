import { changePassword } from "~/api/account";
import { useMe } from "~/app/me";
import { queryClient } from "~/app/queryClient";
import { toast } from "~/ui/toast";
import { closeAccountDialog } from "./accountDialogState";
import { NewPasswordDialog } from "./NewPasswordDialog";
import { sessionsQuery } from "./sessions";

/** Changes the password of an account that is kept here. */
export function PasswordDialog() {
  const { username } = useMe();
  const save = async (current: string, next: string) => {
    await changePassword(current, next);
    closeAccountDialog();
    toast({ text: "Your password is changed. Your other sessions have ended." });
    void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  };
  return (
    <NewPasswordDialog
      title="Change password"
      labels={{ current: "Current password", next: "New password", again: "New password again" }}
      action="Change password"
      busy="Changing password"
      username={username}
      words="Changing it ends your other sessions; this one goes on."
      tooMany="There were too many wrong passwords."
      save={save}
      onClose={closeAccountDialog}
    />
  );
}

import { KeyRound, LockKeyhole, LockKeyholeOpen } from "lucide-react";
import { useState } from "react";
import { problemFrom } from "~/api/problem";
import { lockSavedPasswords } from "~/api/secrets";
import type { Problem, SecretsState } from "~/api/types";
import { ConnectCancelled } from "~/app/interaction";
import { requireMasterPassword } from "~/app/masterPassword";
import { offerReset, secretsChanged } from "~/app/secrets";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { showMasterPasswordChange } from "./accountDialogState";
import styles from "./SavedPasswordsDialog.module.css";

interface MasterPasswordBarProps {
  secrets: SecretsState;
  onProblem: (problem: Problem | null) => void;
}

/** How it stands with the master password, and what can be done about it. */
export function MasterPasswordBar({ secrets, onProblem }: MasterPasswordBarProps) {
  const [locking, setLocking] = useState(false);
  const { master_password: state } = secrets;

  const ask = () => {
    onProblem(null);
    requireMasterPassword().catch((thrown: unknown) => {
      if (!(thrown instanceof ConnectCancelled)) onProblem(problemFrom(thrown));
    });
  };
  const lock = async () => {
    onProblem(null);
    setLocking(true);
    try {
      await lockSavedPasswords();
      secretsChanged();
    } catch (thrown) {
      onProblem(problemFrom(thrown));
    } finally {
      setLocking(false);
    }
  };

  if (state === "not_needed") {
    if (!secrets.can_save_password) return null;
    return (
      <div className={styles.bar}>
        <Icon of={KeyRound} />
        <p>Sealed under a key of whoever runs this Howdah. No master password is needed.</p>
      </div>
    );
  }
  return (
    <div className={styles.bar} role="group" aria-label="Master password">
      <Icon of={state === "unlocked" ? LockKeyholeOpen : LockKeyhole} />
      <p>{words[state]}</p>
      {state === "unset" && (
        <Button size="sm" onClick={ask}>
          Set master password
        </Button>
      )}
      {state === "locked" && (
        <Button size="sm" onClick={ask}>
          Unlock
        </Button>
      )}
      {state === "unlocked" && (
        <Button size="sm" busy={locking} onClick={() => void lock()}>
          {locking ? "Locking" : "Lock now"}
        </Button>
      )}
      {state !== "unset" && (
        <>
          <Button size="sm" onClick={showMasterPasswordChange}>
            Change
          </Button>
          <Button size="sm" variant="danger-quiet" onClick={() => void offerReset()}>
            Reset
          </Button>
        </>
      )}
    </div>
  );
}

const words = {
  unset: "You have no master password yet. It is asked for when you save the first password.",
  locked: "Sealed with your master password, which is asked for when a saved password is needed.",
  unlocked: "Sealed with your master password, which you typed in this session.",
};

import { Ellipsis, UserRoundCheck, UserRoundX } from "lucide-react";
import type { Person } from "~/api/types";
import { Button } from "~/ui/Button";
import { Menu, type MenuEntry } from "~/ui/Menu";
import type { PersonDialogKind } from "./PersonDialog";
import styles from "./PersonPanel.module.css";
import { disablingWords } from "./words";

interface PersonActionsProps {
  person: Person;
  busy: string | null;
  onEndAll: () => void;
  onToggle: () => void;
  onDialog: (dialog: PersonDialogKind) => void;
}

/** What an administrator can do to a person, with what it will do. */
export function PersonActions({ person, busy, onEndAll, onToggle, onDialog }: PersonActionsProps) {
  const { yourself, disabled, has_password, active_sessions, open_connections } = person;
  const own = yourself ? "This is your own account: another administrator has to do this" : undefined;
  const entries: MenuEntry[] = [
    { kind: "action", label: "Change role…", disabled: yourself, run: () => onDialog("role") },
    { kind: "action", label: "Rename…", run: () => onDialog("rename") },
    { kind: "action", label: "Set password…", disabled: !has_password, run: () => onDialog("password") },
    { kind: "action", label: "Link a sign-in…", run: () => onDialog("link") },
    { kind: "separator" },
    {
      kind: "action",
      label: "Remove person…",
      danger: true,
      disabled: yourself,
      run: () => onDialog("remove"),
    },
  ];
  return (
    <section className={styles.actions}>
      <div className={styles.row}>
        <Button
          disabled={active_sessions.length === 0}
          title={active_sessions.length === 0 ? "There is no session to end" : undefined}
          busy={busy === "sessions"}
          onClick={onEndAll}
        >
          End all sessions
        </Button>
        <Button
          variant={disabled ? "secondary" : "danger-quiet"}
          icon={disabled ? UserRoundCheck : UserRoundX}
          disabled={yourself}
          title={own}
          busy={busy === "disabled"}
          onClick={onToggle}
        >
          {disabled ? "Enable account" : "Disable account"}
        </Button>
      </div>
      <p className={styles.hint}>
        {disabled
          ? "Enabling lets the person sign in again. Sessions that ended do not come back."
          : disablingWords(active_sessions.length, open_connections.length)}
      </p>
      <Menu
        trigger={
          <Button icon={Ellipsis} wide>
            More actions
          </Button>
        }
        entries={entries}
      />
    </section>
  );
}

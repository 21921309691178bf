import { ChevronDown, LogOut } from "lucide-react";
import { Icon } from "~/ui/Icon";
import { Menu, type MenuEntry } from "~/ui/Menu";
import { initialsOf, nameOf, useMe } from "./me";
import { signOut } from "./signOut";
import { chooseTheme, themeChoices, useTheme } from "./theme";
import styles from "./AccountMenu.module.css";

/** Who is signed in, and how the page looks to them. */
export function AccountMenu() {
  const me = useMe();
  const choice = useTheme((state) => state.choice);
  const entries: MenuEntry[] = [
    { kind: "caption", label: "Theme" },
    ...themeChoices.map((theme): MenuEntry => ({
      kind: "choice",
      label: theme.label,
      chosen: theme.choice === choice,
      run: () => chooseTheme(theme.choice),
    })),
    { kind: "separator" },
    { kind: "action", label: "Sign out", icon: LogOut, run: () => void signOut() },
  ];
  const trigger = (
    <button type="button" className={styles.me} aria-label={`Account of ${nameOf(me)}`}>
      <span className={styles.avatar} aria-hidden="true">
        {initialsOf(me)}
      </span>
      <span className={styles.mail}>{nameOf(me)}</span>
      <Icon of={ChevronDown} size={14} />
    </button>
  );
  return (
    <Menu
      trigger={trigger}
      align="end"
      entries={entries}
      head={
        <dl className={styles.facts}>
          <dt>Name</dt>
          <dd>{me.display_name}</dd>
          <dt>Account</dt>
          <dd>{me.username}</dd>
          {me.provider != null && (
            <>
              <dt>Signed in by</dt>
              <dd>{me.provider}</dd>
            </>
          )}
          <dt>Role</dt>
          <dd>{me.role === "administrator" ? "Administrator" : "User"}</dd>
        </dl>
      }
    />
  );
}

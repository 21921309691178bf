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
    <button type="button" className={styles.me} title="Account and theme">
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
        <div className={styles.facts}>
          <Fact name="Name" value={me.display_name} />
          <Fact name="Account" value={me.username} />
          {me.provider_display_name != null && <Fact name="Signed in by" value={me.provider_display_name} />}
          <Fact name="Role" value={me.role === "administrator" ? "Administrator" : "User"} />
        </div>
      }
    />
  );
}

/** Plain elements: a menu may hold nothing with a role of its own but its entries. */
function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <span>{name}</span>
      <span>{value}</span>
    </>
  );
}

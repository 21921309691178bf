import { ChevronDown } from "lucide-react";
import type { Me } from "~/api/types";
import { Avatar } from "~/ui/Avatar";
import { Icon } from "~/ui/Icon";
import { Menu, type MenuEntry } from "~/ui/Menu";
import { accountActions } from "./accountActions";
import { nameOf, useMe } from "./me";
import { chooseTheme, themeChoices, useTheme } from "./theme";
import styles from "./AccountMenu.module.css";

/** Who is signed in, what they can do with their account, and how the page looks to them. */
export function AccountMenu() {
  const me = useMe();
  const choice = useTheme((state) => state.choice);
  const actions = accountActions(me).map(({ title, asks, icon, run }): MenuEntry => ({
    kind: "action",
    label: asks ? `${title}…` : title,
    icon,
    run,
  }));
  const entries: MenuEntry[] = [
    ...actions.slice(0, -1),
    { kind: "separator" },
    { kind: "caption", label: "Theme" },
    ...themeChoices.map((theme): MenuEntry => ({
      kind: "choice",
      label: theme.label,
      chosen: theme.choice === choice,
      run: () => chooseTheme(theme.choice),
    })),
    { kind: "separator" },
    ...actions.slice(-1),
  ];
  const trigger = (
    <button type="button" className={styles.me} title="Account and theme">
      <Avatar name={me.display_name} />
      <span className={styles.mail}>{nameOf(me)}</span>
      <Icon of={ChevronDown} size={14} />
    </button>
  );
  return <Menu trigger={trigger} align="end" entries={entries} head={<Who me={me} />} />;
}

/** Plain elements: a menu may hold nothing with a role of its own but its entries. */
function Who({ me }: { me: Me }) {
  const others = new Set([nameOf(me), me.username]);
  others.delete(me.display_name);
  return (
    <div className={styles.who}>
      <Avatar name={me.display_name} size="medium" />
      <span className={styles.names}>
        <b>{me.display_name}</b>
        {[...others].map((name) => (
          <span key={name}>{name}</span>
        ))}
        <span className={styles.source}>
          {me.provider_display_name ?? "Local account"}
          {me.role !== "user" && `, ${me.role}`}
        </span>
      </span>
    </div>
  );
}

import type { LucideIcon } from "lucide-react";
import { ContextMenu, DropdownMenu } from "radix-ui";
import { Check, ChevronRight } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { classes } from "./classes";
import { Icon } from "./Icon";
import { readable, type Shortcut } from "./keys";
import { useReturnFocus } from "./useReturnFocus";
import styles from "./Menu.module.css";

/** A line of a menu. */
export type MenuEntry =
  | {
      kind: "action";
      label: string;
      icon?: LucideIcon;
      keys?: Shortcut;
      danger?: boolean;
      disabled?: boolean;
      /** Why it cannot be done now; it is shown and cannot be chosen. */
      reason?: string | undefined;
      run: () => void;
    }
  | { kind: "menu"; label: string; icon?: LucideIcon; entries: readonly MenuEntry[] }
  | { kind: "choice"; label: string; chosen: boolean; run: () => void }
  | { kind: "caption"; label: string }
  | { kind: "separator" };

type Parts = Pick<
  typeof DropdownMenu,
  "Content" | "Item" | "CheckboxItem" | "Label" | "Separator" | "Sub" | "SubTrigger" | "SubContent"
>;

interface MenuProps {
  /** The element that opens the menu; it takes the menu's attributes. */
  trigger: ReactNode;
  entries: readonly MenuEntry[];
  align?: "start" | "end";
  /** What stands above the entries, such as who is signed in. */
  head?: ReactNode;
}

/** A menu under a button. It stands in the button's landmark, where assistive technology looks for it. */
export function Menu({ trigger, entries, align = "start", head }: MenuProps) {
  const [button, setButton] = useState<HTMLElement | null>(null);
  const landmark = button?.closest<HTMLElement>("header, aside, main, footer") ?? null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild ref={setButton}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={landmark}>
        <OpenMenu parts={DropdownMenu} entries={entries} head={head} place={{ align, sideOffset: 4 }} />
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface ContextMenuProps {
  /** Read when the menu opens. What it is not for calls `preventDefault` on the event. */
  entries: readonly MenuEntry[];
  children: ReactNode;
}

/** A menu for a right click, a long press or the context-menu key on what it wraps. */
export function MenuArea({ entries, children }: ContextMenuProps) {
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <OpenMenu parts={ContextMenu} entries={entries} />
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

interface OpenMenuProps {
  parts: Parts;
  entries: readonly MenuEntry[];
  head?: ReactNode;
  place?: { align: "start" | "end"; sideOffset: number };
}

/** The menu while it is open. What is chosen runs when the focus has gone back, so that it may take it. */
function OpenMenu({ parts, entries, head, place }: OpenMenuProps) {
  const returnFocus = useReturnFocus();
  const chosen = useRef<(() => void) | null>(null);
  const leftByPress = useRef(false);
  return (
    <parts.Content
      className={styles.menu}
      collisionPadding={8}
      loop
      {...place}
      onInteractOutside={() => {
        leftByPress.current = true;
      }}
      onCloseAutoFocus={(event) => {
        if (leftByPress.current) event.preventDefault();
        else returnFocus(event);
        chosen.current?.();
      }}
    >
      {head}
      <Entries
        parts={parts}
        entries={entries}
        choose={(run) => {
          chosen.current = run;
        }}
      />
    </parts.Content>
  );
}

interface EntriesProps {
  parts: Parts;
  entries: readonly MenuEntry[];
  choose: (run: () => void) => void;
}

function Entries({ parts, entries, choose }: EntriesProps) {
  const noIcon = hasIcons(entries) ? <span className={styles.noIcon} /> : null;
  return entries.map((entry, index) => {
    const key = entry.kind === "separator" ? `separator-${index}` : `${entry.kind}-${entry.label}`;
    switch (entry.kind) {
      case "action":
        return (
          <parts.Item
            key={key}
            className={classes(styles.item, entry.danger && styles.danger)}
            disabled={entry.disabled === true || entry.reason !== undefined}
            onSelect={() => choose(entry.run)}
          >
            {entry.icon ? <Icon of={entry.icon} /> : noIcon}
            <span>{entry.label}</span>
            {entry.reason !== undefined && <span className={styles.reason}>{entry.reason}</span>}
            {entry.keys !== undefined && <span className={styles.keys}>{readable(entry.keys)}</span>}
          </parts.Item>
        );
      case "menu":
        return (
          <parts.Sub key={key}>
            <parts.SubTrigger className={styles.item}>
              {entry.icon ? <Icon of={entry.icon} /> : noIcon}
              <span>{entry.label}</span>
              <Icon of={ChevronRight} size={14} className={styles.more} />
            </parts.SubTrigger>
            <parts.SubContent className={styles.menu} collisionPadding={8} loop>
              <Entries parts={parts} entries={entry.entries} choose={choose} />
            </parts.SubContent>
          </parts.Sub>
        );
      case "choice":
        return (
          <parts.CheckboxItem
            key={key}
            className={styles.item}
            checked={entry.chosen}
            onSelect={() => choose(entry.run)}
          >
            {entry.chosen ? <Icon of={Check} /> : noIcon}
            <span>{entry.label}</span>
          </parts.CheckboxItem>
        );
      case "caption":
        return (
          <parts.Label key={key} className={styles.caption}>
            {entry.label}
          </parts.Label>
        );
      case "separator":
        return <parts.Separator key={key} className={styles.separator} />;
    }
  });
}

/** Whether labels stand behind icons or checks; without them they begin at the edge. */
function hasIcons(entries: readonly MenuEntry[]): boolean {
  return entries.some(
    (entry) =>
      entry.kind === "choice" ||
      ((entry.kind === "action" || entry.kind === "menu") && entry.icon !== undefined),
  );
}

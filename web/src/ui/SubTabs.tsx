import { type KeyboardEvent, type ReactNode, useRef } from "react";
import type { LucideIcon } from "lucide-react";
import { classes } from "./classes";
import { Icon } from "./Icon";
import styles from "./SubTabs.module.css";

export interface SubTab {
  readonly id: string;
  readonly label: string;
  /** Said in a fainter hand behind the label, such as a count. */
  readonly count?: string | undefined;
  readonly icon?: LucideIcon;
  /** What stands behind all else, with what it means. */
  readonly mark?: { readonly icon: LucideIcon; readonly label: string };
  readonly danger?: boolean;
}

interface SubTabsProps {
  label: string;
  tabs: readonly SubTab[];
  selected: string;
  onSelect: (id: string) => void;
  /** A tab was pressed twice. */
  onDouble?: (id: string) => void;
  /** What stands at the right end of the bar. */
  end?: ReactNode;
}

/** Tabs within a page. The panel's id is `panelId` of the selected tab. */
export function SubTabs({ label, tabs, selected, onSelect, onDouble, end }: SubTabsProps) {
  const list = useRef<HTMLDivElement>(null);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = tabs.findIndex(({ id }) => id === selected);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    onSelect(next.id);
    list.current?.querySelector<HTMLElement>(`#${CSS.escape(tabId(next.id))}`)?.focus();
  };

  return (
    <div className={styles.bar}>
      <div ref={list} className={styles.list} role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={tabId(tab.id)}
            type="button"
            role="tab"
            className={classes(styles.tab, tab.danger && styles.danger)}
            aria-selected={tab.id === selected}
            aria-controls={panelId(tab.id)}
            tabIndex={tab.id === selected ? 0 : -1}
            onClick={() => onSelect(tab.id)}
            onDoubleClick={() => onDouble?.(tab.id)}
          >
            {tab.icon && <Icon of={tab.icon} size={14} />}
            <span>{tab.label}</span>
            {tab.count !== undefined && <span className={styles.count}>{tab.count}</span>}
            {tab.mark && <Icon of={tab.mark.icon} size={14} label={tab.mark.label} />}
          </button>
        ))}
      </div>
      {end !== undefined && <div className={styles.end}>{end}</div>}
    </div>
  );
}

function tabId(id: string): string {
  return `tab-${id}`;
}

/** The attributes of the element that shows a tab's content. */
export function panelOf(id: string) {
  return { id: panelId(id), role: "tabpanel", "aria-labelledby": tabId(id) } as const;
}

function panelId(id: string): string {
  return `panel-${id}`;
}

import { useQuery } from "@tanstack/react-query";
import {
  ArrowLeft,
  Cable,
  Fingerprint,
  type LucideIcon,
  Monitor,
  ScrollText,
  Server,
  Users,
} from "lucide-react";
import type { MouseEvent } from "react";
import type { AdministrationSummary } from "~/api/types";
import { paths, type Section, sections } from "~/app/paths";
import { leaveAdministration, openSection } from "~/app/place";
import { useTabs } from "~/app/tabs";
import { IconButton } from "~/ui/Button";
import { formatCount } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import styles from "./AdministrationNav.module.css";
import { summaryQuery } from "./lists";
import { sectionTitles } from "./sectionTitles";

const icons: Record<Section, LucideIcon> = {
  people: Users,
  sessions: Monitor,
  providers: Fingerprint,
  servers: Server,
  connections: Cable,
  audit: ScrollText,
};

/** The sections with how much there is in each. */
export function AdministrationNav({ section }: { section: Section }) {
  const { data: summary } = useQuery(summaryQuery);
  return (
    <aside className={styles.pane} aria-label="Administration" data-region="sections">
      <div className={styles.head}>
        <IconButton
          icon={ArrowLeft}
          size="sm"
          label="Back to the console"
          onClick={() => leaveAdministration(useTabs.getState().active)}
        />
        <h2>Administration</h2>
      </div>
      <nav className={styles.nav} aria-label="Sections">
        {sections.map((name) => (
          <a
            key={name}
            href={paths.administration(name)}
            className={styles.item}
            aria-current={name === section ? "page" : undefined}
            onClick={(event) => follow(event, name)}
          >
            <Icon of={icons[name]} />
            <span>{sectionTitles[name]}</span>
            {summary && <Count of={countOf(summary, name)} />}
          </a>
        ))}
      </nav>
    </aside>
  );
}

function Count({ of }: { of: number | null }) {
  return of !== null && <span className={styles.count}>{formatCount(of)}</span>;
}

/** A link can be opened elsewhere; pressed as usual it changes the page in place. */
function follow(event: MouseEvent, section: Section): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openSection(section);
}

/** Events are too many to count. */
function countOf(summary: AdministrationSummary, section: Section): number | null {
  switch (section) {
    case "people":
      return summary.people;
    case "sessions":
      return summary.sessions;
    case "providers":
      return summary.providers;
    case "servers":
      return summary.shared_servers;
    case "connections":
      return summary.connections;
    case "audit":
      return null;
  }
}

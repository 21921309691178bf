import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, Cable, Fingerprint, type LucideIcon, Monitor, Server, Users } from "lucide-react";
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
            {summary && <span className={styles.count}>{formatCount(countOf(summary, name))}</span>}
          </a>
        ))}
      </nav>
    </aside>
  );
}

/** A link can be opened elsewhere; pressed as usual it changes the page in place. */
function follow(event: MouseEvent, section: Section): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openSection(section);
}

function countOf(summary: AdministrationSummary, section: Section): number {
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
  }
}

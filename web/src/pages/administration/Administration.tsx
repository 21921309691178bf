import { lazy, Suspense, useEffect } from "react";
import type { Section } from "~/app/paths";
import styles from "./Administration.module.css";
import { AdministrationNav } from "./AdministrationNav";
import { sectionTitles } from "./sectionTitles";

const pages = {
  people: lazy(async () => ({ default: (await import("./PeoplePage")).PeoplePage })),
  sessions: lazy(async () => ({ default: (await import("./SessionsPage")).SessionsPage })),
  providers: lazy(async () => ({ default: (await import("./ProvidersPage")).ProvidersPage })),
  servers: lazy(async () => ({ default: (await import("./ServersPage")).ServersPage })),
  audit: lazy(async () => ({ default: (await import("./AuditPage")).AuditPage })),
  connections: lazy(async () => ({ default: (await import("./ConnectionsPage")).ConnectionsPage })),
} satisfies Record<Section, unknown>;

/** What administrators look after: the sections at the left, one of them in the middle. */
export function Administration({ section }: { section: Section }) {
  useEffect(() => {
    document.title = `${sectionTitles[section]} - Howdah`;
  }, [section]);
  const Page = pages[section];
  return (
    <>
      <AdministrationNav section={section} />
      <main className={styles.page} data-region="administration">
        <Suspense>
          <Page />
        </Suspense>
      </main>
    </>
  );
}

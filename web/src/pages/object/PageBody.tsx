import type { ObjectPage } from "~/api/types";
import type { Tab } from "~/app/tabs";
import { SqlBlock } from "~/editor/SqlBlock";
import { formatBytes } from "~/ui/format";
import { IconButton } from "~/ui/Button";
import { Copy } from "lucide-react";
import { DdlPanel } from "../ddl/DdlPanel";
import type { DdlSubject } from "../ddl/ddlState";
import { copyToClipboard } from "../query/clipboard";
import type { Jump } from "./CellText";
import styles from "./ObjectTab.module.css";
import { SectionTable } from "./SectionTable";
import { type PageTab, rowsOf, sections } from "./sections";

interface PageBodyProps {
  tab: Tab;
  page: ObjectPage;
  shown: PageTab;
  jump: Jump;
}

/** What stands in the chosen tab of an object's page. */
export function PageBody({ tab, page, shown, jump }: PageBodyProps) {
  if (shown === "ddl") return <DdlPanel subject={ddlOf(tab, page)} />;
  const here = sections.filter((section) => section.tab === shown && rowsOf(page, section.id).length > 0);
  return (
    <>
      {here.map((section) => (
        <SectionTable
          key={section.id}
          section={section}
          rows={rowsOf(page, section.id)}
          note={section.id === "indexes" ? sizeOfIndexes(page) : undefined}
          jump={jump}
        />
      ))}
      {shown === "overview" && page.source != null && <Source page={page} source={page.source} />}
      {shown === "overview" && here.length === 0 && page.source == null && (
        <p className={styles.none}>What PostgreSQL says of it stands at the right.</p>
      )}
      {shown === "privileges" && (
        <p className={styles.none}>
          A star marks what may be granted on. <b>Also</b> names the roles that have it by membership: at
          once, behind SET ROLE, or, with ADMIN alone, once they have granted the role to themselves.
          Superusers may do everything.
        </p>
      )}
    </>
  );
}

function ddlOf({ serverId, database }: Tab, { catalog, oid, name, schema }: ObjectPage): DdlSubject {
  const title = schema == null ? name : `${schema.text}.${name}`;
  return { serverId: serverId ?? "", database: database ?? "", catalog, oid, title };
}

function sizeOfIndexes(page: ObjectPage): string | undefined {
  const bytes = rowsOf(page, "indexes").reduce((sum, row) => sum + Number(row[3]?.text ?? 0), 0);
  return bytes === 0 ? undefined : formatBytes(bytes);
}

function Source({ page, source }: { page: ObjectPage; source: string }) {
  const title = page.kind === "view" || page.kind === "materialized_view" ? "Query" : "Source";
  return (
    <section aria-label={title}>
      <div className={styles.sectionHead}>
        <h3>{title}</h3>
        <span className={styles.end}>
          <IconButton
            icon={Copy}
            size="sm"
            label={`Copy ${title.toLowerCase()}`}
            onClick={() => void copyToClipboard(source, `Copied ${title.toLowerCase()}`)}
          />
        </span>
      </div>
      <pre className={styles.source} tabIndex={0} aria-label={title}>
        <SqlBlock sql={source} limit={200_000} />
      </pre>
    </section>
  );
}

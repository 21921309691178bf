import { openTab, type Tab } from "~/app/tabs";
import { changeContent, parseContent } from "~/app/dataTab";
import { Button } from "~/ui/Button";
import { ProblemText } from "~/ui/ProblemText";
import { Skeleton } from "~/ui/Skeleton";
import { problemFrom } from "~/api/problem";
import styles from "./DataTab.module.css";
import { TableData } from "./TableData";
import { rowsOf, useShape } from "./useTable";

/** The rows of a table or view, to look at and to change. */
export function DataTab({ tab, active }: { tab: Tab; active: boolean }) {
  const content = parseContent(tab.sql);
  const rows = rowsOf(tab);
  const shape = useShape(tab, content?.table.oid ?? 0);
  if (!content || !rows || tab.serverId === null || tab.database === null) {
    return (
      <div className={styles.nothing} data-region="data">
        <p>What this tab showed cannot be read any more. Open the table again from the explorer.</p>
        <Button onClick={() => openTab({ title: "Kept text", sql: tab.sql })}>Show its text</Button>
      </div>
    );
  }
  if (shape.isPending) {
    return (
      <div className={styles.nothing} data-region="data" aria-busy="true">
        <Skeleton width={320} />
        <Skeleton width={320} />
        <Skeleton width={320} />
      </div>
    );
  }
  if (!shape.data) {
    return (
      <div className={styles.nothing} data-region="data">
        <ProblemText problem={problemFrom(shape.error)} />
        {content.staged.length > 0 && (
          <p>Your {content.staged.length} staged changes are kept in this tab as long as it is open.</p>
        )}
        <Button onClick={() => void shape.refetch()}>Try again</Button>
      </div>
    );
  }
  return (
    <TableData
      tab={tab}
      active={active}
      content={content}
      rows={rows}
      shape={shape.data}
      place={{ serverId: tab.serverId, database: tab.database, oid: content.table.oid }}
      onContent={(change) => changeContent(tab.id, change)}
      onReadShape={() => void shape.refetch()}
    />
  );
}

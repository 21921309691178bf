import { useMemo } from "react";

import { openTab, type Tab } from "~/app/tabs";
import { changeContent, parseContent } from "~/app/dataTab";
import { Button } from "~/ui/Button";
import { Skeleton } from "~/ui/Skeleton";
import { problemFrom } from "~/api/problem";
import styles from "./DataTab.module.css";
import { GoneTable } from "./GoneTable";
import { TableData } from "./TableData";
import { rowsOf, useShape } from "./useTable";

/** The rows of a table or view, to look at and to change. */
export function DataTab({ tab, active }: { tab: Tab; active: boolean }) {
  const content = useMemo(() => parseContent(tab.sql), [tab.sql]);
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
      <GoneTable
        tabId={tab.id}
        place={{ serverId: tab.serverId, database: tab.database, oid: content.table.oid }}
        content={content}
        rows={rows}
        problem={problemFrom(shape.error)}
        onRetry={() => void shape.refetch()}
      />
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

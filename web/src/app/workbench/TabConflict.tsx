import { useState } from "react";

import type { StoredTab } from "~/api/types";
import { SqlComparison } from "~/editor/SqlComparison";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { formatTime } from "~/ui/format";
import { useServers } from "../servers";
import type { Tab } from "../tabs";
import { keepBoth, keepMerged, takeTheirs } from "../tabSync";

interface TabConflictProps {
  readonly tab: Tab;
  readonly theirs: StoredTab;
  readonly onClose: () => void;
}

/** What another window or device has made of a tab beside what is here: either is kept, both are, or what is put together. */
export function TabConflict({ tab, theirs, onClose }: TabConflictProps) {
  const { id, title, sql } = tab;
  const [merged, setMerged] = useState(sql);
  const other = `The other copy, changed at ${formatTime(new Date(theirs.updated_at))}`;
  const moved = useMoved(tab, theirs);
  return (
    <Dialog
      title={`Two versions of “${title}”`}
      description="The other copy is on the left, yours on the right. Differences are marked; lines of the other copy can be taken over."
      size="lg"
      onClose={onClose}
      onPrimary={() => keepMerged(id, merged)}
      footStart={
        <Button variant="ghost" onClick={() => takeTheirs(id)}>
          Take the other
        </Button>
      }
      foot={
        <>
          <Button onClick={() => keepBoth(id)}>Keep both</Button>
          <Button variant="primary" keys="Mod+Enter" onClick={() => keepMerged(id, merged)}>
            Keep yours
          </Button>
        </>
      }
    >
      <SqlComparison
        theirs={{ title: [other, ...moved].join(" · "), sql: theirs.sql }}
        mine={{ title: "Yours: edit it, or take lines over", sql }}
        onMine={setMerged}
      />
    </Dialog>
  );
}

/** What differs besides the text. */
function useMoved(tab: Tab, theirs: StoredTab): string[] {
  const servers = useServers();
  const changes: string[] = [];
  if (theirs.title !== tab.title) changes.push(`called “${theirs.title}”`);
  if ((theirs.server_id ?? null) !== tab.serverId || (theirs.database ?? null) !== tab.database) {
    const server = servers.find(({ id }) => id === theirs.server_id)?.name ?? "no server";
    changes.push(`runs on ${server}${theirs.database == null ? "" : ` / ${theirs.database}`}`);
  }
  return changes;
}

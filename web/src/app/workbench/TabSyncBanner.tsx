import { useState } from "react";

import type { StoredTab } from "~/api/types";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { formatTime } from "~/ui/format";
import { useSignIn } from "../signIn/signIn";
import { kindOf, type Tab } from "../tabs";
import { keepBoth, keepMine, takeTheirs, useTabSync } from "../tabSync";
import { TabConflict } from "./TabConflict";

/** Says when the tab was changed elsewhere as well, or is kept in this browser alone. */
export function TabSyncBanner({ tab }: { tab: Tab }) {
  const { id } = tab;
  const theirs = useTabSync((state) => state.conflicts[id]);
  const reason = useTabSync((state) => state.problems[id]);
  const wait = useTabSync((state) => state.waits[id]);
  const isToldForAll = useSignIn((state) => state.unreachableSince !== null);
  if (theirs) return <ConflictBanner tab={tab} theirs={theirs} />;
  if (reason) return <Banner tone="warning">{reason.detail}</Banner>;
  if (wait !== undefined && !isToldForAll) {
    return (
      <Banner tone="warning">
        {wait} What you type is kept in this browser, and sent again every few seconds.
      </Banner>
    );
  }
  return null;
}

function ConflictBanner({ tab, theirs }: { tab: Tab; theirs: StoredTab }) {
  const { id } = tab;
  const [compares, setCompares] = useState(false);
  const actions = (
    <>
      {kindOf(id) === "query" && (
        <Button size="sm" onClick={() => setCompares(true)}>
          Compare
        </Button>
      )}
      <Button size="sm" onClick={() => keepBoth(id)}>
        Keep both
      </Button>
      <Button size="sm" onClick={() => keepMine(id)}>
        Keep mine
      </Button>
      <Button size="sm" onClick={() => takeTheirs(id)}>
        Take the other
      </Button>
    </>
  );
  return (
    <>
      <Banner tone="warning" actions={actions}>
        <b>Changed in another window or on another device at {formatTime(new Date(theirs.updated_at))}.</b>{" "}
        What you see is kept in this browser until you choose.
      </Banner>
      {compares && <TabConflict tab={tab} theirs={theirs} onClose={() => setCompares(false)} />}
    </>
  );
}

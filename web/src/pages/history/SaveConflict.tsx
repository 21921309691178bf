import type { SavedQuery } from "~/api/types";
import { SqlComparison } from "~/editor/SqlComparison";
import { useTabs } from "~/app/tabs";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { formatInstant } from "~/ui/format";
import { closeList, openList } from "./historyState";
import { openSavedQuery } from "./openSavedQuery";
import { letQueryGo, replaceQuery } from "./saveTabQuery";

/** Somebody has saved the query since the tab's text was made from it: nothing is overwritten unasked. */
export function SaveConflict({ tabId, theirs }: { tabId: string; theirs: SavedQuery }) {
  const mine = useTabs(({ tabs }) => tabs[tabId]?.sql) ?? "";
  const openTheirs = async () => {
    if (await openSavedQuery(theirs.id)) closeList();
  };
  const saveAsAnother = () => {
    letQueryGo(tabId);
    openList({ kind: "save", tabId });
  };
  return (
    <Dialog
      title={`“${theirs.name}” was saved elsewhere meanwhile`}
      size="lg"
      description="Another window or device has saved another text. Choose which one is kept."
      onClose={closeList}
      footStart={
        <Button variant="ghost" onClick={() => void openTheirs()}>
          Open what is saved
        </Button>
      }
      foot={
        <>
          <Button onClick={saveAsAnother}>Save as another query</Button>
          <Button variant="danger" onClick={() => void replaceQuery(tabId, theirs)}>
            Replace what is saved
          </Button>
        </>
      }
    >
      <SqlComparison
        theirs={{ title: `Saved at ${formatInstant(new Date(theirs.updated_at))}`, sql: theirs.sql ?? "" }}
        mine={{ title: "In this tab", sql: mine }}
      />
    </Dialog>
  );
}

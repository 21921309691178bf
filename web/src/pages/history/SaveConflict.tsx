import type { SavedQuery } from "~/api/types";
import { SqlBlock } from "~/editor/SqlBlock";
import { useTabs } from "~/app/tabs";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { formatInstant } from "~/ui/format";
import { closeList, openList } from "./historyState";
import { openSavedQuery } from "./openSavedQuery";
import styles from "./SaveConflict.module.css";
import { letQueryGo, replaceQuery } from "./saveTabQuery";
import { StatementText } from "./StatementText";

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
      <div className={styles.both}>
        <Text title="In this tab" sql={mine} />
        <Text title={`Saved at ${formatInstant(new Date(theirs.updated_at))}`} sql={theirs.sql ?? ""} />
      </div>
    </Dialog>
  );
}

function Text({ title, sql }: { title: string; sql: string }) {
  return (
    <section className={styles.text} aria-label={title}>
      <h3>{title}</h3>
      <StatementText label={`Text: ${title}`}>
        <SqlBlock sql={sql} limit={20_000} />
      </StatementText>
    </section>
  );
}

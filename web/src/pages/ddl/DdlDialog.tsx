import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { closeDdl, type DdlSubject } from "./ddlState";
import { DdlPanel } from "./DdlPanel";
import styles from "./DdlDialog.module.css";

/** The DDL of an object, in front of all else. */
export function DdlDialog({ subject }: { subject: DdlSubject }) {
  return (
    <Dialog
      title={`DDL of ${subject.title}`}
      description="The SQL that makes this object, with all that belongs to it"
      size="lg"
      onClose={closeDdl}
      foot={<Button onClick={closeDdl}>Close</Button>}
    >
      <div className={styles.body}>
        <DdlPanel subject={subject} onOpened={closeDdl} />
      </div>
    </Dialog>
  );
}

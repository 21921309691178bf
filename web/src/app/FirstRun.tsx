import { ClipboardPaste, FolderInput, Server, UsersRound } from "lucide-react";
import { useEffect } from "react";
import { readConnectionString } from "~/pages/servers/connectionString";
import { importFromPgadmin } from "~/pages/servers/importState";
import { editServer } from "~/pages/servers/serverDialogState";
import { Icon } from "~/ui/Icon";
import { Kbd } from "~/ui/Kbd";
import { Logo } from "~/ui/Logo";
import { toast } from "~/ui/toast";
import styles from "./FirstRun.module.css";
import { type Command, useCommands } from "./commands";
import { mayEdit, nameOf, useMe } from "./me";
import { importCommand } from "./shellCommands";

// Only here: in a table's rows the same keys add a row.
const IMPORT_KEYS = "Alt+I";
const IMPORT: readonly Command[] = [{ ...importCommand, keys: IMPORT_KEYS }];
const NOTHING: readonly Command[] = [];

/** The first page of somebody who has no server yet. */
export function FirstRun() {
  const me = useMe();
  const edits = mayEdit(me);
  useEffect(() => {
    if (!edits) return;
    const onPaste = (event: ClipboardEvent) => addFrom(event.clipboardData?.getData("text") ?? "");
    addEventListener("paste", onPaste);
    return () => removeEventListener("paste", onPaste);
  }, [edits]);
  useCommands("first-run", edits ? IMPORT : NOTHING);
  if (!edits) return <NothingShared />;
  return (
    <div className={styles.center} data-region="start">
      <div className={styles.first}>
        <span className={styles.logo}>
          <Logo size={36} />
        </span>
        <h2>No servers yet</h2>
        <p className={styles.second}>You are signed in as {nameOf(me)}. Add a PostgreSQL server to begin.</p>
        <ul className={styles.ways}>
          <li>
            <button type="button" onClick={() => editServer({ mode: "add" })}>
              <Icon of={Server} />
              <b>Add a server</b>
              <span className={styles.what}>
                A host name and how to sign in to it. Howdah tests each step and says what is wrong.
              </span>
              <Kbd keys="Alt+A" />
            </button>
          </li>
          <li>
            <button type="button" onClick={importFromPgadmin}>
              <Icon of={FolderInput} />
              <b>Bring your servers from pgAdmin</b>
              <span className={styles.what}>
                Reads a file that pgAdmin exported. You choose which servers come.
              </span>
              <Kbd keys={IMPORT_KEYS} />
            </button>
          </li>
          <li>
            <button type="button" onClick={() => void pasteFromClipboard()}>
              <Icon of={ClipboardPaste} />
              <b>Paste a connection string</b>
              <span className={styles.what}>postgresql://… as psql and most drivers write it</span>
              <Kbd keys="Mod+V" />
            </button>
          </li>
        </ul>
        <p className={styles.mine}>
          <Icon of={UsersRound} size={14} />
          <span>A server that you add is yours: nobody else sees it, and you log in to it as yourself.</span>
        </p>
      </div>
    </div>
  );
}

/** For a viewer, who looks at what others share. */
function NothingShared() {
  const me = useMe();
  return (
    <div className={styles.center} data-region="start">
      <div className={styles.first}>
        <span className={styles.logo}>
          <Logo size={36} />
        </span>
        <h2>No servers yet</h2>
        <p className={styles.second}>
          You are signed in as {nameOf(me)}, as a viewer: you look at databases and change nothing. No server
          is shared with you yet. Ask an administrator to share one.
        </p>
      </div>
    </div>
  );
}

async function pasteFromClipboard(): Promise<void> {
  const text = await navigator.clipboard.readText().catch(() => "");
  if (addFrom(text)) return;
  toast({ tone: "info", text: "The clipboard holds no connection string. Paste one into Host instead." });
  editServer({ mode: "add" });
}

/** Opens the dialog with what a connection string says; false for any other text. */
function addFrom(text: string): boolean {
  const said = readConnectionString(text);
  if (said) editServer({ mode: "add", said });
  return said !== null;
}

import { RefreshCw, Square } from "lucide-react";
import { ask } from "~/ui/ask";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { ProblemText } from "~/ui/ProblemText";
import styles from "./ServerDialog.module.css";
import { closeServerDialog, type OpenServerDialog } from "./serverDialogState";
import { CredentialFields } from "./CredentialFields";
import { MoreFields } from "./MoreFields";
import { OwnSettingsDialog } from "./OwnSettingsDialog";
import { SafetyFields } from "./SafetyFields";
import { SharingFields } from "./SharingFields";
import { ServerFields } from "./ServerFields";
import { TestPanel } from "./TestPanel";
import { useConnectionTest } from "./useConnectionTest";
import { useServerForm } from "./useServerForm";

/** Adds a server or edits one, and tries it step by step before anything is saved; of another's, what one sets for oneself. */
export function ServerDialog({ dialog }: { dialog: OpenServerDialog }) {
  if (dialog.mode === "edit" && dialog.server.sharing) {
    return <OwnSettingsDialog server={dialog.server} sharing={dialog.server.sharing} />;
  }
  return <DefinitionDialog dialog={dialog} />;
}

function DefinitionDialog({ dialog }: { dialog: OpenServerDialog }) {
  const edit = useServerForm(dialog);
  const test = useConnectionTest(edit);
  const adding = dialog.mode === "add";
  const testing = test.result.state === "testing" || test.result.state === "waiting";

  const close = async () => {
    if (edit.changed) {
      const discard = await ask({
        title: adding ? "Discard this server?" : "Discard your changes?",
        body: "What you typed here is not saved anywhere.",
        confirm: adding ? "Discard server" : "Discard changes",
        cancel: "Keep editing",
        danger: true,
      });
      if (!discard) return;
    }
    test.stop();
    closeServerDialog();
  };

  const save = adding ? "Add server" : "Save changes";
  return (
    <Dialog
      title={adding ? "Add server" : `Edit ${dialog.server.name}`}
      size="lg"
      onClose={() => void close()}
      onPrimary={() => void edit.save()}
      shortcuts={{ "Alt+R": test.run }}
      footStart={
        testing ? (
          <Button icon={Square} onClick={test.stop}>
            Stop test
          </Button>
        ) : (
          <Button icon={RefreshCw} keys="Alt+R" onClick={test.run}>
            {test.result.state === "none" ? "Test connection" : "Test again"}
          </Button>
        )
      }
      foot={
        <>
          <Button onClick={() => void close()}>Cancel</Button>
          <Button variant="primary" keys="Mod+Enter" busy={edit.saving} onClick={() => void edit.save()}>
            {edit.saving ? "Saving" : test.failed ? "Save anyway" : save}
          </Button>
        </>
      }
    >
      {edit.conflict && (
        <Banner
          tone="warning"
          actions={
            <>
              <Button size="sm" onClick={() => void edit.takeTheirs()}>
                Load their version
              </Button>
              <Button size="sm" onClick={() => void edit.saveOverTheirs()}>
                Save over it
              </Button>
            </>
          }
        >
          This server was changed elsewhere while you edited it. Nothing is saved yet.
        </Banner>
      )}
      {dialog.mode === "edit" && dialog.server.unreadable_secrets && (
        <Banner tone="warning">
          Secrets of this server cannot be opened now: Howdah does not have the key that sealed them. They
          stay as they are, and are back with the key. What you type here takes the place of one.
        </Banner>
      )}
      <div className={styles.columns}>
        <form className={styles.form} onSubmit={(event) => event.preventDefault()} noValidate>
          <ServerFields edit={edit} />
          <hr />
          <CredentialFields edit={edit} />
          <hr />
          <SafetyFields edit={edit} />
          <SharingFields edit={edit} />
          <MoreFields edit={edit} />
          {edit.problem && <ProblemText problem={edit.problem} />}
        </form>
        <TestPanel
          result={test.result}
          stale={test.stale}
          form={edit.form}
          onTrust={test.trust}
          onTunnelSecret={test.tryTunnelSecret}
        />
      </div>
    </Dialog>
  );
}

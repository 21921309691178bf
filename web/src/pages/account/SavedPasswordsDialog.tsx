import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "~/api/problem";
import { forgetSavedPassword, forgetSavedPasswords } from "~/api/secrets";
import type { SavedPassword } from "~/api/types";
import { savedPasswordsQuery, secretsChanged, secretsQuery, targetsOf } from "~/app/secrets";
import { useAction } from "~/app/useAction";
import { ask } from "~/ui/ask";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { plural } from "~/ui/format";
import { ProblemText } from "~/ui/ProblemText";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import { closeAccountDialog } from "./accountDialogState";
import { MasterPasswordBar } from "./MasterPasswordBar";
import styles from "./SavedPasswordsDialog.module.css";
import { SavedPasswordTable } from "./SavedPasswordTable";

const ALL = "all";

/** What the person has saved, the way to have it forgotten, and the master password that seals it. */
export function SavedPasswordsDialog() {
  const { data: saved, error } = useQuery(savedPasswordsQuery);
  const { data: secrets } = useQuery(secretsQuery);
  const { busy: forgetting, problem, setProblem, act } = useAction(secretsChanged);
  const keeper = useFocusKeeper<HTMLDivElement>("[data-list]");

  const forgetOne = (which: SavedPassword) =>
    act(`${which.server_id} ${which.kind}`, async () => {
      await forgetSavedPassword(which);
      return `The password of ${which.target} is forgotten`;
    });
  const forgetAll = async () => {
    const all = saved ?? [];
    const count = plural(all.length, "saved password");
    const body = `${targetsOf(all)}. You are asked for them when you connect next; open connections go on.`;
    if (!(await ask({ title: `Forget ${count}?`, body, confirm: `Forget ${count}`, danger: true }))) return;
    await act(ALL, async () => `${plural(await forgetSavedPasswords(), "saved password")} forgotten`);
  };
  const failure = problem ?? (error ? problemFrom(error) : null);
  const none = saved === undefined || saved.length === 0;

  return (
    <Dialog
      title="Saved passwords"
      description="Passwords of databases and SSH tunnels that you had saved, and what seals them"
      size="lg"
      onClose={closeAccountDialog}
      footStart={<p className={styles.words}>{saved && !none && "No password is ever shown again."}</p>}
      foot={
        <>
          <Button
            variant="danger-quiet"
            disabled={none}
            title={none ? "You have saved no passwords" : undefined}
            busy={forgetting === ALL}
            onClick={() => void forgetAll()}
          >
            {forgetting === ALL ? "Forgetting all" : `Forget all (${saved?.length ?? 0})`}
          </Button>
          <Button onClick={closeAccountDialog}>Close</Button>
        </>
      }
    >
      <div {...keeper} className={styles.body}>
        {secrets && <MasterPasswordBar secrets={secrets} onProblem={setProblem} />}
        {failure && (
          <div className={styles.problem}>
            <ProblemText problem={failure} />
          </div>
        )}
        {(saved !== undefined || !error) && (
          <SavedPasswordTable
            saved={saved}
            forgetting={forgetting}
            empty={
              secrets?.can_save_password === false && secrets.reason_text != null
                ? secrets.reason_text
                : "You have saved no passwords. Tick “Save password” when you connect to a server that asks for one."
            }
            onForget={(which) => void forgetOne(which)}
          />
        )}
      </div>
    </Dialog>
  );
}

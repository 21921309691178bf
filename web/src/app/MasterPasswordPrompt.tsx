import { type SyntheticEvent, useId, useState } from "react";
import { problemFrom } from "~/api/problem";
import { setMasterPassword, unlockSavedPasswords } from "~/api/secrets";
import type { Problem } from "~/api/types";
import { NewPasswordDialog } from "~/pages/account/NewPasswordDialog";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import { ProblemText } from "~/ui/ProblemText";
import { useWait } from "~/ui/useWait";
import { WaitWords } from "~/ui/WaitWords";
import { type MasterPasswordRequest, useMasterPasswordRequest } from "./masterPassword";
import { useMe } from "./me";
import { offerReset } from "./secrets";

export const TOO_MANY = "There were too many wrong master passwords.";

/** Asks for the master password that something waits for. Stands once in the page. */
export function MasterPasswordPrompt() {
  const request = useMasterPasswordRequest((state) => state.request);
  if (!request) return null;
  return request.state === "unset" ? <First {...request} /> : <Locked {...request} />;
}

function First({ done, cancel }: MasterPasswordRequest) {
  const { username } = useMe();
  const save = async (_current: string, next: string) => {
    await setMasterPassword(next);
    done();
  };
  return (
    <NewPasswordDialog
      title="Set a master password"
      lead="The passwords that you save here are sealed with a master password of yours."
      labels={{ next: "Master password", again: "Master password again" }}
      action="Set master password"
      busy="Setting master password"
      username={username}
      words="It is kept nowhere, so nobody can tell it to you. You type it once each time you have signed in, when a saved password is needed."
      tooMany={TOO_MANY}
      save={save}
      onClose={cancel}
    />
  );
}

type Attempt = { state: "idle" } | { state: "trying" } | { state: "refused"; problem: Problem };

function Locked({ done, cancel }: MasterPasswordRequest) {
  const { username } = useMe();
  const formId = useId();
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState<Attempt>({ state: "idle" });
  const wait = useWait();
  const isWrong = tried.state === "refused" && tried.problem.code === "wrong_password";

  const submit = (event?: SyntheticEvent) => {
    event?.preventDefault();
    if (password === "" || tried.state === "trying" || wait.left > 0) return;
    setTried({ state: "trying" });
    unlockSavedPasswords(password).then(done, (thrown: unknown) => {
      const problem = problemFrom(thrown);
      wait.begin(problem.retry_after_secs);
      setTried({ state: "refused", problem });
    });
  };
  const forget = async () => {
    if (await offerReset()) done();
  };

  return (
    <Dialog
      title="Unlock your saved passwords"
      size="sm"
      onClose={cancel}
      onPrimary={submit}
      footStart={
        <Button variant="ghost" onClick={() => void forget()}>
          Forgot it
        </Button>
      }
      foot={
        <>
          <Button onClick={cancel}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            keys="Enter"
            busy={tried.state === "trying"}
            disabled={wait.left > 0}
          >
            {tried.state === "trying" ? "Unlocking" : "Unlock"}
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>A password that you saved is needed, and it is sealed with your master password.</p>
        <form id={formId} onSubmit={submit}>
          <input
            className="visually-hidden"
            tabIndex={-1}
            aria-hidden="true"
            autoComplete="username"
            value={username}
            readOnly
          />
          <Field
            label="Master password"
            hint="Asked once each time you have signed in."
            error={isWrong ? tried.problem.detail : null}
          >
            {(control) => (
              <Input
                {...control}
                type="password"
                autoFocus
                autoComplete="current-password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            )}
          </Field>
        </form>
        {wait.left > 0 && <WaitWords why={TOO_MANY} left={wait.left} />}
        {tried.state === "refused" && !isWrong && tried.problem.retry_after_secs == null && (
          <ProblemText problem={tried.problem} />
        )}
      </DialogBody>
    </Dialog>
  );
}

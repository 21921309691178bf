import { useQuery } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";
import { problemFrom } from "~/api/problem";
import type { Problem, SecretsState, Server } from "~/api/types";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Checkbox, Input } from "~/ui/Input";
import { ProblemText } from "~/ui/ProblemText";
import { type PasswordAsked, usePasswordRequest } from "./connect";
import { ConnectCancelled } from "./interaction";
import styles from "./PasswordPrompt.module.css";
import { secretsQuery } from "./secrets";
import { useServer } from "./servers";

/** Asks for the password that something waits for. Stands once in the page. */
export function PasswordPrompt() {
  const request = usePasswordRequest((state) => state.request);
  return request && <Prompt key={`${request.serverId} ${request.asked}`} {...request} />;
}

type Attempt = { state: "idle" } | { state: "trying" } | { state: "refused"; problem: Problem };

interface PromptProps {
  serverId: string;
  asked: PasswordAsked;
  reason: string | null;
  attempt: (password: string, save: boolean) => Promise<void>;
  cancel: () => void;
}

function Prompt({ serverId, asked, reason, attempt, cancel }: PromptProps) {
  const server = useServer(serverId);
  const { data: secrets } = useQuery(secretsQuery);
  const [password, setPassword] = useState("");
  const [save, setSave] = useState(false);
  const [tried, setTried] = useState<Attempt>({ state: "idle" });
  const name = server?.name ?? "the server";

  const submit = (event?: SyntheticEvent) => {
    event?.preventDefault();
    if (password === "" || tried.state === "trying") return;
    setTried({ state: "trying" });
    attempt(password, save && savingOf(asked, secrets) === "offered").catch((thrown: unknown) => {
      // The master password was not given: what was typed here stands as it is.
      if (thrown instanceof ConnectCancelled) setTried({ state: "idle" });
      else setTried({ state: "refused", problem: problemFrom(thrown) });
    });
  };

  return (
    <Dialog
      title={`Connect to ${name}`}
      size="sm"
      onClose={cancel}
      onPrimary={submit}
      foot={
        <>
          <Button onClick={cancel}>Cancel</Button>
          <Button variant="primary" keys="Enter" busy={tried.state === "trying"} onClick={submit}>
            {tried.state === "trying" ? "Connecting" : "Connect"}
          </Button>
        </>
      }
    >
      <DialogBody>
        {reason !== null && <p>{reason}</p>}
        <form className={styles.form} onSubmit={submit}>
          <Field label={labelOf(asked, server)} hint={hintOf(save, secrets)}>
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
          {savingOf(asked, secrets) === "offered" && (
            <Checkbox
              label={asked === "tunnel.passphrase" ? "Save passphrase" : "Save password"}
              checked={save}
              onChange={({ target }) => setSave(target.checked)}
            />
          )}
          {savingOf(asked, secrets) === "no_key" && (
            <p className={styles.words}>{secrets?.reason_text ?? "It cannot be saved here."}</p>
          )}
        </form>
        {tried.state === "refused" && <ProblemText problem={tried.problem} />}
      </DialogBody>
    </Dialog>
  );
}

/** Whether saving is offered; hidden where the operator forbids it, with the reason where nothing can seal it. */
function savingOf(asked: PasswordAsked, secrets: SecretsState | undefined): "offered" | "hidden" | "no_key" {
  if (!secrets) return "hidden";
  const can = asked === "password" ? secrets.can_save_password : secrets.can_save_tunnel_password;
  if (can) return "offered";
  return secrets.reason === "no_key" ? "no_key" : "hidden";
}

function hintOf(save: boolean, secrets: SecretsState | undefined): string {
  if (!save) return "Kept in the server's memory while your sign-in lasts, and written nowhere.";
  switch (secrets?.master_password) {
    case "unset":
      return "Saved once it works, sealed with a master password that you set next.";
    case "locked":
    case "unlocked":
      return "Saved once it works, sealed with your master password.";
    default:
      return "Saved once it works, encrypted. You can have it forgotten under your account.";
  }
}

function labelOf(asked: PasswordAsked, server: Server | undefined): string {
  const ssh = server?.tunnel?.host ?? "the SSH server";
  switch (asked) {
    case "password":
      return `Password of ${server?.username || "the database user"}`;
    case "tunnel.password":
      return `Password of ${server?.tunnel?.username ?? "the user"} on ${ssh}`;
    case "tunnel.passphrase":
      return `Passphrase of the private key for ${ssh}`;
  }
}

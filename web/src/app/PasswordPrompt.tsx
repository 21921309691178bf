import { type SyntheticEvent, useState } from "react";
import { problemFrom } from "~/api/problem";
import type { Problem, Server } from "~/api/types";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Field } from "~/ui/Field";
import { Input } from "~/ui/Input";
import { ProblemText } from "~/ui/ProblemText";
import { type PasswordAsked, usePasswordRequest } from "./connect";
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
  attempt: (password: string) => Promise<void>;
  cancel: () => void;
}

function Prompt({ serverId, asked, reason, attempt, cancel }: PromptProps) {
  const server = useServer(serverId);
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState<Attempt>({ state: "idle" });
  const name = server?.name ?? "the server";

  const submit = (event?: SyntheticEvent) => {
    event?.preventDefault();
    if (password === "" || tried.state === "trying") return;
    setTried({ state: "trying" });
    attempt(password).catch((thrown: unknown) =>
      setTried({ state: "refused", problem: problemFrom(thrown) }),
    );
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
        <form onSubmit={submit}>
          <Field
            label={labelOf(asked, server)}
            hint="Kept in the server's memory while your sign-in lasts, and written nowhere."
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
        {tried.state === "refused" && <ProblemText problem={tried.problem} />}
      </DialogBody>
    </Dialog>
  );
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

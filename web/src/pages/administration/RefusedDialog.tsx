import { useState } from "react";
import { dismissRefused, linkIdentity } from "~/api/administration";
import { problemFrom } from "~/api/problem";
import type { Problem, RefusedSignIn, RefusedSignInList } from "~/api/types";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { plural } from "~/ui/format";
import { ProblemText } from "~/ui/ProblemText";
import { toast } from "~/ui/toast";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import { Ago } from "./Ago";
import { refusedQuery, rereadAll } from "./lists";
import { findPerson, PersonPicker } from "./PersonPicker";
import styles from "./RefusedDialog.module.css";
import { usePaged } from "./usePaged";

const rowsOf = (part: RefusedSignInList) => part.refused_sign_ins;
const keyOf = ({ issuer, subject }: RefusedSignIn) => `${issuer} ${subject}`;

/** People whom a provider vouched for and who got no account: each is linked to one, or struck off. */
export function RefusedDialog({ onClose }: { onClose: () => void }) {
  const { rows, problem, onMore } = usePaged(refusedQuery, rowsOf);
  const keeper = useFocusKeeper<HTMLDivElement>("[data-list]");
  return (
    <Dialog
      title="Waiting to be linked"
      description="People whom a provider vouched for and who got no account"
      size="md"
      onClose={onClose}
      foot={<Button onClick={onClose}>Close</Button>}
    >
      <div {...keeper} className={styles.body}>
        <p>
          These people signed in at a provider and were turned away: their user name is another account’s, or
          accounts are not made by themselves. Link a sign-in only if you know that it is the same person.
        </p>
        {problem && <ProblemText problem={problem} />}
        <ul className={styles.list} data-list="" tabIndex={-1} aria-label="Refused sign-ins">
          {rows?.map((refused) => (
            <Refused key={keyOf(refused)} refused={refused} />
          ))}
        </ul>
        {rows?.length === 0 && <p>Nobody is waiting.</p>}
        {onMore && <Button onClick={onMore}>Show more</Button>}
      </div>
    </Dialog>
  );
}

function Refused({ refused }: { refused: RefusedSignIn }) {
  const [account, setAccount] = useState(refused.taken_by?.username ?? "");
  const [busy, setBusy] = useState<"link" | "dismiss" | null>(null);
  const [error, setError] = useState<string | undefined>();
  const [problem, setProblem] = useState<Problem | null>(null);
  const { issuer, subject } = refused;
  const act = async (what: "link" | "dismiss", action: () => Promise<void>) => {
    setBusy(what);
    setProblem(null);
    try {
      await action();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    } finally {
      setBusy(null);
    }
  };
  const link = () =>
    act("link", async () => {
      const id = await findPerson(account);
      if (id === null) return setError(`Nobody is called ${account.trim()}. Choose one of the list.`);
      await linkIdentity(id, { issuer, subject });
      toast({
        text: `${refused.username} of ${refused.provider_display_name} leads to ${account.trim()} now`,
      });
      await rereadAll();
    });
  const dismiss = () =>
    act("dismiss", async () => {
      await dismissRefused({ issuer, subject });
      await rereadAll();
    });
  return (
    <li className={styles.refused}>
      <div className={styles.who}>
        <b>{refused.username}</b>
        <span>
          {refused.email != null && refused.email !== refused.username && `${refused.email}, `}
          {refused.provider_display_name}; {plural(refused.times, "attempt")}, the last{" "}
          <Ago at={refused.last_refused_at} />
        </span>
        <code title={issuer}>{subject}</code>
      </div>
      {problem && <ProblemText problem={problem} />}
      <div className={styles.action}>
        <PersonPicker
          label="Account"
          hint={
            refused.taken_by == null
              ? "Whose account this is"
              : `${refused.taken_by.username} has the same user name`
          }
          error={error}
          value={account}
          onChange={(username) => {
            setAccount(username);
            setError(undefined);
          }}
        />
        <Button
          variant="primary"
          busy={busy === "link"}
          aria-label={`Link ${refused.username} of ${refused.provider_display_name}`}
          onClick={() => void link()}
        >
          Link
        </Button>
        <Button
          busy={busy === "dismiss"}
          aria-label={`Dismiss ${refused.username} of ${refused.provider_display_name}`}
          onClick={() => void dismiss()}
        >
          Dismiss
        </Button>
      </div>
    </li>
  );
}

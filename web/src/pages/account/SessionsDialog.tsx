import { useQuery } from "@tanstack/react-query";
import { problemFrom } from "~/api/problem";
import type { SessionSummary } from "~/api/types";
import { signOut } from "~/app/signOut";
import { useAction } from "~/app/useAction";
import { ask } from "~/ui/ask";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { plural } from "~/ui/format";
import { ProblemText } from "~/ui/ProblemText";
import { useFocusKeeper } from "~/ui/useFocusKeeper";
import { closeAccountDialog } from "./accountDialogState";
import { consequence, endAllElsewhere, endElsewhere, sessionsQuery } from "./sessions";
import styles from "./SessionsDialog.module.css";
import { SessionTable } from "./SessionTable";
import { readUserAgent } from "./userAgent";

const ALL = "all others";

/** Where the person is signed in, and the way to end that. */
export function SessionsDialog() {
  const { data: sessions, error, refetch, isFetching } = useQuery(sessionsQuery);
  const { busy: ending, problem, act } = useAction();
  // Not to the first button when the focused one goes: that one signs out.
  const keeper = useFocusKeeper<HTMLDivElement>("[data-list]");
  const others = sessions?.filter(({ current }) => !current) ?? [];

  const endOne = async (session: SessionSummary) => {
    if (session.current) return signOut();
    const { name } = readUserAgent(session.user_agent);
    const body = consequence([session]);
    if (!(await ask({ title: `End the session of ${name}?`, body, confirm: "End session", danger: true })))
      return;
    await act(session.id, async () => {
      await endElsewhere(session.id);
      return `The session of ${name} has ended`;
    });
  };
  const endOthers = async () => {
    const count = plural(others.length, "other session");
    const confirm = `End ${plural(others.length, "session")}`;
    const body = `${consequence(others)} This session goes on.`;
    if (!(await ask({ title: `End ${count}?`, body, confirm, danger: true }))) return;
    await act(ALL, async () => {
      const ended = await endAllElsewhere();
      return `${plural(ended, "other session")} ${ended === 1 ? "has" : "have"} ended`;
    });
  };

  return (
    <Dialog
      title="Your sessions"
      description="Every browser in which you are signed in to Howdah now"
      size="lg"
      onClose={closeAccountDialog}
      footStart={<p className={styles.words}>{sessions && footWords(others.length)}</p>}
      foot={
        <>
          <Button
            variant="danger-quiet"
            disabled={others.length === 0}
            title={others.length === 0 ? "You are signed in nowhere else" : undefined}
            busy={ending === ALL}
            onClick={() => void endOthers()}
          >
            {ending === ALL ? "Ending all others" : `End all others (${others.length})`}
          </Button>
          <Button onClick={closeAccountDialog}>Close</Button>
        </>
      }
    >
      <div {...keeper} className={styles.body}>
        {problem && (
          <div className={styles.problem}>
            <ProblemText problem={problem} />
          </div>
        )}
        {error && (
          <div className={styles.problem}>
            <ProblemText problem={problemFrom(error)} />
            <Button busy={isFetching} onClick={() => void refetch()}>
              {isFetching ? "Trying again" : "Try again"}
            </Button>
          </div>
        )}
        {(sessions !== undefined || !error) && (
          <SessionTable sessions={sessions} ending={ending} onEnd={(session) => void endOne(session)} />
        )}
      </div>
    </Dialog>
  );
}

function footWords(others: number): string {
  if (others === 0) return "You are signed in nowhere else.";
  return "Ending a session signs that browser out at once and closes its database connections.";
}

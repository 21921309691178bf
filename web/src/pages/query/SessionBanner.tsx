import type { ReactNode } from "react";

import type { ShownInteraction } from "~/app/interaction";
import { InteractionPrompt } from "~/app/InteractionPrompt";
import type { Run } from "~/run/runRecord";
import type { SessionView } from "~/run/sessionState";
import type { Problem } from "~/run/protocol";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { formatBytes, formatTime, plural } from "~/ui/format";
import { codesOf, hostKeyRemedy } from "~/ui/problemCodes";
import { RemedySql } from "~/ui/RemedySql";
import { EndTransaction } from "./EndTransaction";
import { RestartBanner } from "./RestartBanner";
import { failedStatement } from "./runWords";
import { useIdleTransaction } from "./useIdleTransaction";
import styles from "./SessionBanner.module.css";

export interface SessionActions {
  readonly retry: () => void;
  readonly editServer: (() => void) | null;
  readonly commit: () => void;
  readonly rollBack: () => void;
  readonly rollBackAndRunAll: () => void;
  readonly allowMoreMemory: () => void;
  /** Runs the statement whose rows fill the tab's memory once more, into a file. */
  readonly download: () => void;
  readonly cancel: () => void;
  /** It was read that Howdah was restarted. */
  readonly dismissRestart: () => void;
  /** Asks why the session must write. */
  readonly unlock: () => void;
}

interface SessionBannerProps {
  view: SessionView;
  actions: SessionActions;
  /** Memory that pinned results of earlier runs hold. */
  pinned?: number;
  /** What the person is asked to do for the server, if anything. */
  interaction?: ShownInteraction | undefined;
}

/** What keeps the session from going on, with what can be done about it. One at a time, the gravest first. */
export function SessionBanner({ view, actions, pinned = 0, interaction }: SessionBannerProps) {
  const idles = useIdleTransaction(view);
  const { state, transaction, run, command, rejected, awaySince, missedRows, restart } = view;
  if (awaySince !== null) return <Away state={state} since={awaySince} />;
  if (state.kind === "refused" && state.problem.code === "interaction_required" && interaction) {
    return (
      <div className={styles.prompt}>
        <InteractionPrompt interaction={interaction} then="the run" />
      </div>
    );
  }
  if (state.kind === "refused") return <Refused problem={state.problem} actions={actions} />;
  if (state.kind === "lost") return <Lost state={state} actions={actions} />;
  if (rejected) {
    return (
      <Banner tone="danger">
        <Words problem={rejected} />
      </Banner>
    );
  }
  if (state.kind === "running" && state.full)
    return <MemoryFull view={view} pinned={pinned} actions={actions} />;
  if (restart) return <RestartBanner restart={restart} view={view} actions={actions} />;
  if (command?.kind === "failed") {
    return (
      <Banner tone="danger">
        <b>{command.command === "commit" ? "The commit failed." : "The rollback failed."}</b>{" "}
        <code>{command.error.message}</code> (SQLSTATE {command.error.code})
      </Banner>
    );
  }
  if (transaction.state === "failed" && state.kind === "ready")
    return <TransactionFailed view={view} actions={actions} />;
  if (idles) return <IdleInTransaction actions={actions} />;
  if (state.kind === "ready" && state.connection.writes === "locked" && run && triedToWrite(run)) {
    return (
      <Banner tone="info" actions={<Button onClick={actions.unlock}>Unlock writing</Button>}>
        Sessions on this server are read only by default, so PostgreSQL refused to write.
      </Banner>
    );
  }
  if (state.kind === "ready" && state.connection.writes === "forbidden" && run && triedToWrite(run)) {
    return (
      <Banner tone="info">
        You are a viewer: you look at databases and change nothing, so PostgreSQL refused to write. An
        administrator can give you another role.
      </Banner>
    );
  }
  if (missedRows > 0) {
    return (
      <Banner tone="info">
        {run
          ? `The page was loaded anew while the statement ran: its first ${missedRows === 1 ? "row" : plural(missedRows, "row")} went with the old page. Run again for all.`
          : "The page was loaded anew, and the results went with the old page. The session is the same; run again for the rows."}
      </Banner>
    );
  }
  if (run?.newSession) {
    return (
      <Banner tone="info">
        New session: the one before has ended, and with it temporary tables, settings and prepared statements.
      </Banner>
    );
  }
  return null;
}

function Away({ state, since }: { state: SessionView["state"]; since: number }) {
  const waits = state.kind === "running" ? "The statement goes on and its rows wait" : "The session waits";
  return (
    <Banner tone="warning">
      <b>Connection lost, reattaching…</b> {waits} since {formatTime(new Date(since))}; nothing is lost.
    </Banner>
  );
}

function Refused({ problem, actions }: { problem: Problem; actions: SessionActions }) {
  if (problem.code === "password_required") {
    return (
      <Banner
        tone="info"
        actions={
          <Button size="sm" onClick={actions.retry}>
            Enter password
          </Button>
        }
      >
        {problem.field?.startsWith("tunnel.") === true ? "The SSH server" : "PostgreSQL"} asks for a password;
        then the run goes on.
      </Banner>
    );
  }
  if (problem.code === "master_password_required") {
    return (
      <Banner
        tone="info"
        actions={
          <Button size="sm" onClick={actions.retry}>
            Enter master password
          </Button>
        }
      >
        Your master password opens the saved one; then the run goes on.
      </Banner>
    );
  }
  if (problem.code === "interaction_required") {
    return (
      <Banner
        tone="info"
        actions={
          <Button size="sm" onClick={actions.retry}>
            Sign in
          </Button>
        }
      >
        Your sign-in at the provider is needed; then the run goes on.
      </Banner>
    );
  }
  return (
    <Banner
      tone="danger"
      actions={
        <>
          {actions.editServer && (
            <Button size="sm" onClick={actions.editServer}>
              Edit server
            </Button>
          )}
          <Button size="sm" onClick={actions.retry}>
            Try again
          </Button>
        </>
      }
    >
      <b>The session could not be opened.</b> <Words problem={problem} />
    </Banner>
  );
}

function Lost({
  state,
  actions,
}: {
  state: Extract<SessionView["state"], { kind: "lost" }>;
  actions: SessionActions;
}) {
  const cause = endedWithSignIn(state.problem) ? (
    "Your sign-in had ended, and Howdah closes database sessions with it."
  ) : (
    <Words problem={state.problem} />
  );
  return (
    <Banner
      tone="danger"
      actions={
        <Button size="sm" onClick={actions.retry}>
          Connect again
        </Button>
      }
    >
      <b>The session has ended.</b> {cause} {lossWords(state)}
    </Banner>
  );
}

function lossWords({
  transaction,
  wasRunning,
  problem,
}: Extract<SessionView["state"], { kind: "lost" }>): string {
  const lost = transaction === "idle" ? "" : "The open transaction was rolled back. ";
  const fate = endedWithSignIn(problem)
    ? "The running statement was cancelled, if it had not ended by then. "
    : "What the running statement did is not known. ";
  return `${lost}${wasRunning ? fate : ""}Your text is as it was.`;
}

/** Whoever reads of it has signed in again by then. */
const endedWithSignIn = ({ code }: Problem) => code === "not_signed_in";

function MemoryFull({
  view,
  pinned,
  actions,
}: {
  view: SessionView;
  pinned: number;
  actions: SessionActions;
}) {
  const bytes = view.run?.results.reduce((sum, { rows }) => sum + rows.byteLength, pinned) ?? pinned;
  return (
    <Banner
      tone="warning"
      actions={
        <>
          <Button size="sm" onClick={actions.allowMoreMemory}>
            Load more
          </Button>
          <Button size="sm" onClick={actions.download}>
            Download all as CSV
          </Button>
          <Button size="sm" onClick={actions.cancel}>
            Stop
          </Button>
        </>
      }
    >
      This tab holds {formatBytes(bytes)} of rows{pinned > 0 && `, ${formatBytes(pinned)} in pinned results`},
      and PostgreSQL waits. A download takes all rows without holding them.
    </Banner>
  );
}

function IdleInTransaction({ actions }: { actions: SessionActions }) {
  return (
    <Banner tone="warning" actions={<EndTransaction state="in_transaction" actions={actions} />}>
      <b>A transaction is open and nothing has run in it for minutes.</b> It keeps its locks: who wants the
      same rows or tables waits, and VACUUM cleans nothing up behind it.
    </Banner>
  );
}

function TransactionFailed({ view, actions }: { view: SessionView; actions: SessionActions }) {
  const { run } = view;
  const failed = run && failedStatement(run);
  const many = run !== null && run.statements.length > 1;
  return (
    <Banner
      tone="danger"
      actions={
        <>
          <EndTransaction state="failed" actions={actions} />
          {many && (
            <Button size="sm" onClick={actions.rollBackAndRunAll}>
              Roll back and run all again
            </Button>
          )}
        </>
      }
    >
      <b>The transaction failed{failed && many ? ` at statement ${failed.index + 1}` : ""}.</b> PostgreSQL
      accepts only a rollback now.
    </Banner>
  );
}

/** What the problem says, and PostgreSQL's or the command's own words under it. */
function Words({ problem }: { problem: Problem }): ReactNode {
  const remedy = hostKeyRemedy(problem);
  return (
    <>
      {remedy === null ? problem.detail : `${problem.detail} ${remedy}`}{" "}
      <span className={styles.code}>{codesOf(problem)}</span>
      {problem.database_message != null && (
        <code className={styles.verbatim}>{problem.database_message}</code>
      )}
      {problem.remedy != null && (
        <div className={styles.remedy}>
          <RemedySql {...problem.remedy} />
        </div>
      )}
      {problem.command_output != null && <pre className={styles.verbatim}>{problem.command_output}</pre>}
    </>
  );
}

/** `read_only_sql_transaction` (manual, appendix A). */
function triedToWrite(run: Run): boolean {
  return failedStatement(run)?.state.error.code === "25006";
}

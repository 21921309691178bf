import type { ReactNode } from "react";

import type { TablePlace } from "~/api/tableData";
import { useInteraction } from "~/app/connect";
import { SessionBanner, type SessionActions } from "~/pages/query/SessionBanner";
import type { QuerySession } from "~/run/querySession";
import type { SessionView } from "~/run/sessionState";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { plural } from "~/ui/format";
import { holderWords } from "./holderWords";
import type { RowsView } from "./tableRows";
import { DoubtBanner } from "./DoubtBanner";
import type { Doubt } from "./useDoubt";
import { useLockHolder } from "./useLockHolder";
import { type Attempt, isPassing } from "./useStaging";

interface ReadBannerProps {
  readonly place: TablePlace;
  readonly view: RowsView;
  /** What went wrong is told at the condition. */
  readonly isInCondition: boolean;
  readonly session: QuerySession;
  readonly sessionView: SessionView;
  readonly attempt: Attempt | null;
  readonly doubt: Doubt;
  /** Takes the changes back, since they have been applied. */
  readonly onForget: () => void;
  /** Changes that something stands in the way of. */
  readonly troubles: number;
  /** Why the rows cannot be changed, where that is the table's doing. */
  readonly why: string | null;
  readonly onRead: () => void;
  /** Applies what is staged once more. */
  readonly onApply: () => void;
  /** What finds a table that was made anew under the same name. */
  readonly find: ReactNode;
}

/** What stands between a person and the rows, or their changes: one at a time, the gravest first. */
export function ReadBanner(props: ReadBannerProps) {
  const { place, view, isInCondition, session, sessionView, attempt, troubles, why, onRead, onApply, find } =
    props;
  const { doubt, onForget } = props;
  const interaction = useInteraction(place.serverId);
  const isReading = view.state === "reading";
  /** The changes could not begin, since somebody has locked the whole table. */
  const isTableLocked = attempt?.problem?.sqlstate === "55P03";
  const holder = useLockHolder(place, isReading || isTableLocked);
  const { state } = sessionView;
  if (state.kind === "refused" || state.kind === "lost") {
    const actions: SessionActions = {
      retry: state.kind === "lost" ? onRead : () => session.retry(),
      editServer: null,
      commit: () => undefined,
      rollBack: () => undefined,
      rollBackAndRunAll: () => undefined,
      allowMoreMemory: () => undefined,
      download: () => undefined,
      dismissRestart: () => undefined,
      unlock: () => undefined,
      cancel: () => session.cancel(),
    };
    return <SessionBanner view={sessionView} actions={actions} interaction={interaction} />;
  }
  const again = (
    <Button size="sm" onClick={onRead}>
      Read again
    </Button>
  );
  if (holder !== null && isReading) {
    return (
      <Banner
        tone="warning"
        actions={
          <Button size="sm" keys="Alt+C" onClick={() => session.cancel()}>
            Stop waiting
          </Button>
        }
      >
        <b>The rows do not come yet:</b> {holderWords(holder)} has locked the whole table.
      </Banner>
    );
  }
  if (view.failure?.kind === "database" && !isInCondition) {
    const { code, message, detail, hint } = view.failure.error;
    const more = [detail, hint].filter((part) => part != null).join(" ");
    return (
      <Banner
        tone="danger"
        actions={
          <>
            {code === "42P01" && find}
            {again}
          </>
        }
      >
        <b>The rows could not be read.</b> <code>{message}</code> {more} (SQLSTATE {code}){" "}
        {code === "42P01" && "The table was renamed or dropped: read again, or open it from the explorer."}
        {code === "42703" && "A column was renamed or dropped: read again."}
      </Banner>
    );
  }
  if (view.failure && view.failure.kind !== "database") {
    return (
      <Banner tone="warning" actions={again}>
        {view.failure.kind === "cancelled" ? "Reading was cancelled." : view.failure.problem.detail}
      </Banner>
    );
  }
  if (doubt.state !== "none") {
    const { problem = null } = attempt ?? {};
    return <DoubtBanner doubt={doubt} problem={problem} onForget={onForget} onApply={onApply} />;
  }
  const tryAgain = attempt && isPassing(attempt) && (
    <Button size="sm" onClick={onApply}>
      Try again
    </Button>
  );
  if (attempt?.problem && isTableLocked) {
    return (
      <Banner tone="danger" actions={tryAgain}>
        <b>Nothing was applied.</b> {holder ? holderWords(holder) : "Somebody"} has locked the whole table.
        Your changes are still here: try again when they are done. (SQLSTATE 55P03)
      </Banner>
    );
  }
  if (attempt?.problem) {
    const isLocked = attempt.problem.code === "writes_locked";
    const unlock = (
      <Button size="sm" onClick={onApply}>
        Unlock and apply
      </Button>
    );
    return (
      <Banner
        tone="danger"
        actions={isLocked ? unlock : attempt.problem.code === "not_found" ? find : tryAgain}
      >
        <b>Nothing was applied. </b>
        {attempt.problem.detail}{" "}
        {attempt.problem.database_message != null && <code>{attempt.problem.database_message}</code>} Your
        changes are still here.
      </Banner>
    );
  }
  if (attempt?.commitError) {
    const { code, message, detail } = attempt.commitError;
    const again = tryAgain ? "Nothing is wrong with your changes: apply them again." : "";
    return (
      <Banner tone="danger" actions={tryAgain}>
        <b>Nothing was applied.</b> PostgreSQL refused the commit: <code>{message}</code> {detail} (SQLSTATE{" "}
        {code}) {again}
      </Banner>
    );
  }
  if (troubles > 0) {
    return (
      <Banner tone="danger" actions={tryAgain}>
        <b>Nothing was applied.</b> {plural(troubles, "change")} cannot be made as{" "}
        {troubles === 1 ? "it is" : "they are"}: what stands in the way is written beside{" "}
        {troubles === 1 ? "it" : "each"} below.
      </Banner>
    );
  }
  if (view.left > 0) {
    const [these, they, match] =
      view.left === 1 ? ["row", "It stays", "matches"] : ["rows", "They stay", "match"];
    return (
      <Banner tone="info" actions={again}>
        <b>
          {view.left} {these} that you changed no longer {match} the filter.
        </b>{" "}
        {they} in sight, marked ≠, until the rows are read again.
      </Banner>
    );
  }
  return why === null ? null : <Banner tone="info">{why}</Banner>;
}

import { useInteraction } from "~/app/connect";
import { SessionBanner, type SessionActions } from "~/pages/query/SessionBanner";
import type { QuerySession } from "~/run/querySession";
import type { SessionView } from "~/run/sessionState";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { plural } from "~/ui/format";
import type { RowsView } from "./tableRows";
import type { Attempt } from "./useStaging";

interface ReadBannerProps {
  readonly serverId: string;
  readonly view: RowsView;
  readonly session: QuerySession;
  readonly sessionView: SessionView;
  readonly attempt: Attempt | null;
  /** Changes that something stands in the way of. */
  readonly troubles: number;
  /** Why the rows cannot be changed, where that is the table's doing. */
  readonly why: string | null;
  readonly onRead: () => void;
}

/** What stands between a person and the rows, or their changes: one at a time, the gravest first. */
export function ReadBanner(props: ReadBannerProps) {
  const { serverId, view, session, sessionView, attempt, troubles, why, onRead } = props;
  const interaction = useInteraction(serverId);
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
  if (view.failure?.kind === "database") {
    const { code, message, detail, hint } = view.failure.error;
    const more = [detail, hint].filter((part) => part != null).join(" ");
    return (
      <Banner tone="danger" actions={again}>
        <b>The rows could not be read.</b> <code>{message}</code> {more} (SQLSTATE {code}){" "}
        {code === "42P01" && "The table was renamed or dropped: open it from the explorer."}
      </Banner>
    );
  }
  if (view.failure) {
    return (
      <Banner tone="warning" actions={again}>
        {view.failure.kind === "cancelled" ? "Reading was cancelled." : view.failure.problem.detail}
      </Banner>
    );
  }
  if (attempt?.problem) {
    return (
      <Banner tone="danger">
        <b>Nothing was applied.</b> {attempt.problem.detail}{" "}
        {attempt.problem.database_message != null && <code>{attempt.problem.database_message}</code>} Your
        changes are still here.
      </Banner>
    );
  }
  if (attempt?.commitError) {
    const { code, message, detail } = attempt.commitError;
    return (
      <Banner tone="danger">
        <b>Nothing was applied.</b> PostgreSQL refused the commit: <code>{message}</code> {detail} (SQLSTATE{" "}
        {code})
      </Banner>
    );
  }
  if (troubles > 0) {
    return (
      <Banner tone="danger">
        <b>Nothing was applied.</b> {plural(troubles, "change")} cannot be made as{" "}
        {troubles === 1 ? "it is" : "they are"}: what stands in the way is written beside{" "}
        {troubles === 1 ? "it" : "each"} below.
      </Banner>
    );
  }
  return why === null ? null : <Banner tone="info">{why}</Banner>;
}

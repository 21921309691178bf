import type { Restart } from "~/run/restart";
import type { SessionView } from "~/run/sessionState";
import { Banner } from "~/ui/Banner";
import { formatMoment } from "~/ui/format";
import { EndTransaction } from "./EndTransaction";
import type { SessionActions } from "./SessionBanner";

interface RestartBannerProps {
  restart: Restart;
  view: SessionView;
  actions: SessionActions;
}

/** What a restart of Howdah means for this tab: what may still end, what goes on by itself, and what is gone. */
export function RestartBanner({ restart, view, actions }: RestartBannerProps) {
  switch (restart.kind) {
    case "announced":
      return <Announced until={restart.until} view={view} actions={actions} />;
    case "moving":
      return (
        <Banner tone="info">
          <b>Howdah is being restarted.</b> {lossWords(restart)}Your text and the layout are safe, and this
          tab connects again by itself.
        </Banner>
      );
    case "moved":
      return (
        <Banner tone={isWhole(restart) ? "info" : "warning"} onDismiss={actions.dismissRestart}>
          <b>Howdah was restarted, and this tab is connected again.</b> {lossWords(restart)}Temporary tables,
          settings and prepared statements went with the session before; your text and the layout did not.
        </Banner>
      );
    case "stayed":
      return (
        <Banner tone={isWhole(restart) ? "info" : "warning"} onDismiss={actions.dismissRestart}>
          <b>Howdah was restarted.</b> {lossWords(restart)}Your text and the layout are as they were; the next
          run connects again.
        </Banner>
      );
  }
}

function Announced({ until, view, actions }: { until: number } & Omit<RestartBannerProps, "restart">) {
  const time = formatMoment(new Date(until));
  const { state, transaction } = view;
  if (state.kind === "running") {
    const andTransaction =
      transaction.state === "idle"
        ? ""
        : " The open transaction is rolled back with it unless you commit it.";
    return (
      <Banner tone="info">
        <b>Howdah is being restarted.</b> The statement may run until {time}; then it is cancelled.
        {andTransaction} Your text and the layout are safe, and this tab goes on by itself.
      </Banner>
    );
  }
  if (transaction.state === "idle") {
    return (
      <Banner tone="info">
        <b>Howdah is being restarted.</b> Your text and the layout are safe, and this tab goes on by itself.
      </Banner>
    );
  }
  return (
    <Banner tone="warning" actions={<EndTransaction state={transaction.state} actions={actions} />}>
      <b>Howdah is being restarted.</b> The open transaction is rolled back at {time} unless you end it
      before. Your text and the layout are safe, and this tab goes on by itself.
    </Banner>
  );
}

type Past = Exclude<Restart, { kind: "announced" }>;

function isWhole({ transaction, statement }: Past): boolean {
  return transaction === "idle" && statement === "none";
}

const STATEMENT_WORDS: Readonly<Record<Past["statement"], string>> = {
  none: "",
  unbegun: "The statement was not begun: nothing of it ran. ",
  unknown: "What the running statement did is not known. ",
};

function lossWords({ transaction, statement }: Past): string {
  const lost = transaction === "idle" ? "" : "The open transaction was rolled back. ";
  return `${lost}${STATEMENT_WORDS[statement]}`;
}

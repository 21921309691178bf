import { useTabs } from "~/app/tabs";
import { HistoryDialog } from "./HistoryDialog";
import { closeList, useOpenList } from "./historyState";
import { QueriesDialog } from "./QueriesDialog";
import { QueryForm } from "./QueryForm";
import { SaveConflict } from "./SaveConflict";
import { holdQuery } from "./saveTabQuery";

/** Where history and saved queries appear. */
export function HistoryHost() {
  const open = useOpenList((state) => state.open);
  switch (open?.kind) {
    case undefined:
      return null;
    case "history":
      return <HistoryDialog />;
    case "queries":
      return <QueriesDialog />;
    case "save":
      return <SaveTab tabId={open.tabId} />;
    case "conflict":
      return <SaveConflict tabId={open.tabId} theirs={open.theirs} />;
  }
}

function SaveTab({ tabId }: { tabId: string }) {
  const tab = useTabs.getState().tabs[tabId];
  if (!tab) return null;
  const { title: name, sql, serverId, database, options } = tab;
  return (
    <QueryForm
      query={{ name, sql, folder: options.saved?.folder ?? "", server_id: serverId, database }}
      onSaved={(saved) => holdQuery(tabId, saved)}
      onClose={closeList}
    />
  );
}

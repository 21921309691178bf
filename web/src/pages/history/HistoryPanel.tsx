import { Copy, History, ListTree, Play, Search, SquarePen, TextCursorInput } from "lucide-react";
import { useEffect, useState } from "react";

import type { HistoryEntry } from "~/api/types";
import type { Tab } from "~/app/tabs";
import { insertIntoEditor } from "~/editor/keptEditors";
import { SqlBlock } from "~/editor/SqlBlock";
import { Button, IconButton } from "~/ui/Button";
import { formatDuration, formatTime, plural } from "~/ui/format";
import { Input } from "~/ui/Input";
import { Segmented } from "~/ui/Segmented";
import { toast } from "~/ui/toast";
import styles from "./HistoryPanel.module.css";
import { StatementText } from "./StatementText";
import { openList } from "./historyState";
import { HistoryTable, ResultSelect } from "./HistoryTable";
import { attempt, openEntry, openPlan, wholeStatement } from "./openEntry";
import { type Result, useHistory } from "./useHistory";

type Scope = "tab" | "server" | "all";

interface HistoryPanelProps {
  tab: Tab;
  /** Changes with every run that ends. */
  runs: string;
}

/** What ran in a tab before, among its results. The scope widens to its server and to all. */
export function HistoryPanel({ tab, runs }: HistoryPanelProps) {
  const [scope, setScope] = useState<Scope>("tab");
  const [text, setText] = useState("");
  const [result, setResult] = useState<Result | null>(null);
  const [chosen, setChosen] = useState<HistoryEntry | null>(null);
  const found = useHistory({
    text,
    result,
    tab: scope === "tab" ? tab.id : null,
    server: scope === "server" ? tab.serverId : null,
  });
  const { refresh } = found;
  useEffect(() => {
    void refresh();
    // It is written behind the run: what ended a moment ago may come a moment later.
    const again = setTimeout(() => void refresh(), WRITTEN_AFTER_MS);
    return () => clearTimeout(again);
  }, [runs, refresh]);
  const shown = chosen && found.entries?.some(({ id }) => id === chosen.id) ? chosen : null;
  return (
    <div className={styles.panel}>
      <div className={styles.bar}>
        <Segmented
          label="Whose runs"
          value={scope}
          choices={[
            { value: "tab", label: "This tab" },
            ...(tab.serverId === null ? [] : [{ value: "server" as const, label: "This server" }]),
            { value: "all", label: "All" },
          ]}
          onChange={setScope}
        />
        <span className={styles.search}>
          <Input
            type="search"
            icon={Search}
            aria-label="Find in history"
            placeholder="Find in statements"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        </span>
        <span className={styles.result}>
          <ResultSelect value={result} onChange={setResult} />
        </span>
        <IconButton
          icon={History}
          label="History of all servers"
          keys="Alt+Shift+H"
          onClick={() => openList({ kind: "history" })}
        />
      </div>
      {found.problem !== null && <p role="alert">{found.problem}</p>}
      <div className={styles.body}>
        <HistoryTable
          found={found}
          places={scope !== "tab"}
          empty={EMPTY[scope]}
          selected={shown}
          onSelect={setChosen}
          onOpen={(entry) => void openEntry(entry)}
        />
        {shown && <Detail tab={tab} entry={shown} />}
      </div>
    </div>
  );
}

const WRITTEN_AFTER_MS = 1_000;
const EMPTY: Readonly<Record<Scope, string>> = {
  tab: "Nothing ran in this tab yet. What you run is found here again, also tomorrow and on another device.",
  server: "Nothing of yours that is looked for ran on this server.",
  all: "Nothing of yours that is looked for is in the history.",
};

function Detail({ tab, entry }: { tab: Tab; entry: HistoryEntry }) {
  const insert = () =>
    attempt(async () => {
      if (!insertIntoEditor(tab.id, await wholeStatement(entry)))
        toast({ tone: "info", text: "The editor is out of sight. Bring it back to insert into it." });
    });
  const copy = () =>
    attempt(async () => {
      await navigator.clipboard.writeText(await wholeStatement(entry));
      toast({ tone: "info", text: "Copied the statement" });
    });
  return (
    <aside className={styles.side} aria-label="Chosen statement">
      <div className={styles.actions}>
        <Button size="sm" icon={SquarePen} onClick={() => void openEntry(entry)}>
          Open in a tab
        </Button>
        <Button
          size="sm"
          icon={Play}
          disabled={entry.server_id == null}
          onClick={() => void openEntry(entry, true)}
        >
          Run again
        </Button>
        <span className={styles.icons}>
          {entry.has_plan && (
            <IconButton size="sm" icon={ListTree} label="Show plan" onClick={() => void openPlan(entry)} />
          )}
          <IconButton
            size="sm"
            icon={TextCursorInput}
            label="Insert at the cursor"
            onClick={() => void insert()}
          />
          <IconButton size="sm" icon={Copy} label="Copy statement" onClick={() => void copy()} />
        </span>
      </div>
      <p className={styles.facts}>{factsOf(entry)}</p>
      <StatementText label="Statement">
        <SqlBlock sql={entry.statement} />
      </StatementText>
    </aside>
  );
}

function factsOf(entry: HistoryEntry): string {
  const { at, role, rows, duration_ms: took, result, code } = entry;
  const facts = [
    formatTime(new Date(at)),
    role == null ? null : `as ${role}`,
    result === "ok" ? null : code != null ? `${result} with ${code}` : result,
    rows == null ? null : plural(rows, "row"),
    took == null ? null : formatDuration(took),
  ];
  return facts.filter((fact) => fact !== null).join(" · ");
}

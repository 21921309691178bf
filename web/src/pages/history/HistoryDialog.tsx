import { ListTree, Play, Search, SquarePen, Trash2 } from "lucide-react";
import { useRef, useState } from "react";

import { clearHistory } from "~/api/history";
import type { HistoryEntry } from "~/api/types";
import { SqlBlock } from "~/editor/SqlBlock";
import { ask } from "~/ui/ask";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { Input } from "~/ui/Input";
import styles from "./HistoryDialog.module.css";
import { HistoryTable, ResultSelect } from "./HistoryTable";
import { closeList } from "./historyState";
import { attempt, openEntry, openPlan } from "./openEntry";
import { type Result, useHistory } from "./useHistory";

/** What the person ran, on whatever server, the last first. */
export function HistoryDialog() {
  const search = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [result, setResult] = useState<Result | null>(null);
  const [chosen, setChosen] = useState<HistoryEntry | null>(null);
  const found = useHistory({ text, result });
  const clear = async () => {
    const sure = await ask({
      title: "Forget the whole history?",
      body: "What you ran is no longer found here. The audit trail of the server is another matter and stays.",
      confirm: "Forget all",
      danger: true,
    });
    if (!sure) return;
    await attempt(clearHistory);
    setChosen(null);
    await found.refresh();
  };
  const leave = async (opened: Promise<boolean>) => {
    if (await opened) closeList();
  };
  return (
    <Dialog
      title="History"
      size="lg"
      description="Statements that you ran, the last first"
      initialFocus={search}
      onClose={closeList}
      {...(chosen && { onPrimary: () => void leave(openEntry(chosen)) })}
      footStart={
        <Button variant="ghost" icon={Trash2} disabled={!found.entries?.length} onClick={() => void clear()}>
          Forget all
        </Button>
      }
      foot={
        <>
          {chosen?.has_plan === true && (
            <Button icon={ListTree} onClick={() => void leave(openPlan(chosen))}>
              Show plan
            </Button>
          )}
          <Button
            icon={Play}
            disabled={!chosen?.server_id}
            onClick={() => chosen && void leave(openEntry(chosen, true))}
          >
            Run again
          </Button>
          <Button
            variant="primary"
            icon={SquarePen}
            keys="Mod+Enter"
            disabled={!chosen}
            onClick={() => chosen && void leave(openEntry(chosen))}
          >
            Open in a tab
          </Button>
        </>
      }
    >
      <div className={styles.bar}>
        <Input
          ref={search}
          type="search"
          icon={Search}
          aria-label="Find in history"
          placeholder="Find in statements, servers and databases"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <ResultSelect value={result} onChange={setResult} />
      </div>
      {found.problem !== null && <p role="alert">{found.problem}</p>}
      <div className={styles.list}>
        <HistoryTable
          found={found}
          places
          empty="Nothing yet. What you run in a tab is found here again."
          selected={chosen}
          onSelect={setChosen}
          onOpen={(entry) => void leave(openEntry(entry))}
        />
      </div>
      {chosen && (
        <pre className={styles.statement} tabIndex={0}>
          <SqlBlock sql={chosen.statement} />
        </pre>
      )}
    </Dialog>
  );
}

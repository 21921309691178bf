import { useInfiniteQuery } from "@tanstack/react-query";
import { ListTree, Play, Search, SquarePen, Trash2 } from "lucide-react";
import { useDeferredValue, useRef, useState } from "react";

import { clearHistory, fetchHistory, fetchHistoryEntry } from "~/api/history";
import { problemFrom } from "~/api/problem";
import type { HistoryEntry } from "~/api/types";
import { openTab } from "~/app/tabs";
import { ask } from "~/ui/ask";
import { Button } from "~/ui/Button";
import { Dialog } from "~/ui/Dialog";
import { formatCount, formatDuration, formatInstant, formatTime } from "~/ui/format";
import { Input, Select } from "~/ui/Input";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import { toast } from "~/ui/toast";
import styles from "./HistoryDialog.module.css";
import { closeList } from "./historyState";

type Result = HistoryEntry["result"];

const RESULTS: readonly { value: Result; label: string }[] = [
  { value: "ok", label: "Ran" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
  { value: "interrupted", label: "Interrupted" },
];

/** What the person ran, on whatever server, the last first. */
export function HistoryDialog() {
  const search = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [result, setResult] = useState<Result | null>(null);
  const [chosen, setChosen] = useState<HistoryEntry | null>(null);
  const asked = useDeferredValue(text.trim());
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["history", asked, result],
    queryFn: ({ pageParam }: { pageParam: string | null }) =>
      fetchHistory({
        ...(asked !== "" && { text: asked }),
        ...(result !== null && { result }),
        ...(pageParam !== null && { cursor: pageParam }),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 0,
  });
  const entries = data?.pages.flatMap((page) => page.entries);
  const kept = data?.pages[0]?.kept ?? true;
  const more = () => {
    if (!isFetchingNextPage) void fetchNextPage();
  };
  const clear = async () => {
    const sure = await ask({
      title: "Forget the whole history?",
      body: "What you ran is no longer found here. The audit trail of the server is another matter and stays.",
      confirm: "Forget all",
      danger: true,
    });
    if (!sure) return;
    await clearHistory();
    setChosen(null);
    await refetch();
  };
  return (
    <Dialog
      title="History"
      size="lg"
      description="Statements that you ran, the last first"
      initialFocus={search}
      onClose={closeList}
      {...(chosen && { onPrimary: () => void open(chosen, false) })}
      footStart={
        <Button variant="ghost" icon={Trash2} disabled={!entries?.length} onClick={() => void clear()}>
          Forget all
        </Button>
      }
      foot={
        <>
          {chosen?.has_plan === true && (
            <Button icon={ListTree} onClick={() => void openPlan(chosen)}>
              Show plan
            </Button>
          )}
          <Button icon={Play} disabled={!chosen?.server_id} onClick={() => chosen && void open(chosen, true)}>
            Run again
          </Button>
          <Button
            variant="primary"
            icon={SquarePen}
            keys="Mod+Enter"
            disabled={!chosen}
            onClick={() => chosen && void open(chosen, false)}
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
        <Select
          aria-label="Result"
          value={result ?? ""}
          onChange={(event) =>
            setResult(RESULTS.find(({ value }) => value === event.target.value)?.value ?? null)
          }
        >
          <option value="">All results</option>
          {RESULTS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </div>
      {error && <p role="alert">{problemFrom(error).detail}</p>}
      <div className={styles.list}>
        <ListTable
          label="History"
          columns={columns}
          rows={entries}
          total={entries === undefined ? 0 : hasNextPage ? -1 : entries.length}
          keyOf={({ id }) => id}
          empty={
            kept ? "Nothing yet. What you run in a tab is found here again." : "This Howdah keeps no history."
          }
          selected={chosen?.id ?? null}
          onSelect={setChosen}
          onMore={hasNextPage ? more : null}
        />
      </div>
      {chosen && <pre className={styles.statement}>{chosen.statement}</pre>}
    </Dialog>
  );
}

const columns: readonly ListColumn<HistoryEntry>[] = [
  {
    key: "at",
    head: "Time",
    width: 112,
    cell: ({ at }) => (
      <time dateTime={at} title={formatInstant(new Date(at))}>
        {formatTime(new Date(at))}
      </time>
    ),
  },
  {
    key: "statement",
    head: "Statement",
    cell: ({ statement }) => (
      <span className={styles.excerpt} title={statement}>
        {statement.replace(/\s+/g, " ").slice(0, 200)}
      </span>
    ),
  },
  {
    key: "place",
    head: "Where",
    width: 170,
    cell: ({ server, database }) => [server, database].filter((part) => part != null).join(" / "),
  },
  {
    key: "result",
    head: "Result",
    width: 116,
    cell: ({ result, code }) =>
      result === "ok" ? (
        "ran"
      ) : (
        <span className={result === "failed" ? styles.failed : undefined}>
          {code != null && result === "failed" ? `error ${code}` : result}
        </span>
      ),
  },
  {
    key: "rows",
    head: "Rows",
    width: 72,
    numeric: true,
    cell: ({ rows }) => (rows == null ? "" : formatCount(rows)),
  },
  {
    key: "duration",
    head: "Took",
    width: 80,
    numeric: true,
    cell: ({ duration_ms: took }) => (took == null ? "" : formatDuration(took)),
  },
];

async function open(entry: HistoryEntry, run: boolean): Promise<void> {
  try {
    const { statement } = entry.is_cut ? await fetchHistoryEntry(entry.id) : entry;
    closeList();
    openTab({
      sql: statement,
      serverId: entry.server_id ?? null,
      database: entry.database ?? null,
      runOnOpen: run,
    });
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

/** A plan needs no database: a tab shows it from its text. */
async function openPlan({ id }: HistoryEntry): Promise<void> {
  try {
    const { plan } = await fetchHistoryEntry(id);
    if (plan == null) return;
    closeList();
    openTab({ title: "Plan", sql: plan });
  } catch (thrown) {
    toast({ tone: "danger", text: problemFrom(thrown).detail });
  }
}

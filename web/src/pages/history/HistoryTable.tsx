import { CircleCheck, CircleStop, CircleX, ListTree, Unplug } from "lucide-react";

import type { HistoryEntry } from "~/api/types";
import { SqlText } from "~/editor/SqlText";
import { formatCount, formatDuration, formatInstant, formatTime } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Select } from "~/ui/Input";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import styles from "./HistoryTable.module.css";
import type { FoundHistory, Result } from "./useHistory";

interface HistoryTableProps {
  found: FoundHistory;
  /** Whether it is said where each ran. */
  places: boolean;
  empty: string;
  selected: HistoryEntry | null;
  onSelect: (entry: HistoryEntry) => void;
  onOpen: (entry: HistoryEntry) => void;
}

/** Statements that a person ran: when, how they went, and how long they took. */
export function HistoryTable({ found, places, empty, selected, onSelect, onOpen }: HistoryTableProps) {
  const { entries, kept, narrowed, more } = found;
  const words = narrowed ? "Nothing that you ran fits this." : empty;
  return (
    <ListTable
      label="History"
      columns={places ? COLUMNS : HERE}
      rows={entries}
      total={entries === undefined ? 0 : more ? -1 : entries.length}
      keyOf={({ id }) => id}
      empty={kept ? words : "This Howdah keeps no history."}
      selected={selected?.id ?? null}
      onSelect={onSelect}
      onOpen={onOpen}
      onMore={more}
    />
  );
}

/** Which results are asked for. */
export function ResultSelect({
  value,
  onChange,
}: {
  value: Result | null;
  onChange: (result: Result | null) => void;
}) {
  return (
    <Select
      aria-label="Result"
      value={value ?? ""}
      onChange={({ target }) =>
        onChange(RESULTS.find((result) => result.value === target.value)?.value ?? null)
      }
    >
      <option value="">All results</option>
      {RESULTS.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Select>
  );
}

const RESULTS: readonly { value: Result; label: string }[] = [
  { value: "ok", label: "Ran" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
  { value: "interrupted", label: "Interrupted" },
];

const looks = {
  ok: { icon: CircleCheck, label: "ran", look: styles.ok },
  failed: { icon: CircleX, label: "failed", look: styles.failed },
  cancelled: { icon: CircleStop, label: "cancelled", look: styles.quiet },
  interrupted: { icon: Unplug, label: "interrupted", look: styles.quiet },
} as const;

const COLUMNS: readonly ListColumn<HistoryEntry>[] = [
  {
    key: "at",
    head: "Time",
    width: 104,
    cell: ({ at }) => (
      <time dateTime={at} title={formatInstant(new Date(at))}>
        {formatTime(new Date(at))}
      </time>
    ),
  },
  {
    key: "statement",
    head: "Statement",
    cell: ({ statement, has_plan: hasPlan }) => (
      <span className={styles.statement} title={statement.slice(0, 2000)}>
        {hasPlan && <Icon of={ListTree} size={14} label="with its plan" />}
        <SqlText sql={statement} />
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
    cell: ({ result, code }) => (
      <span className={looks[result].look}>
        <Icon of={looks[result].icon} size={14} />
        {code != null && result === "failed" ? `error ${code}` : looks[result].label}
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
const HERE = COLUMNS.filter(({ key }) => key !== "place");

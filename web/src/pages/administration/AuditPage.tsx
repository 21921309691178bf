import { ChevronDown, Download, X } from "lucide-react";
import { useState } from "react";
import { downloadAudit } from "~/api/audit";
import type { AuditEvent, AuditList, AuditQuery } from "~/api/types";
import { SqlText } from "~/editor/SqlText";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { formatCount, formatDuration, formatInstant, formatTime } from "~/ui/format";
import { type ListColumn, ListTable } from "~/ui/ListTable";
import { Menu, type MenuEntry } from "~/ui/Menu";
import { AuditPanel } from "./AuditPanel";
import styles from "./AuditPage.module.css";
import { kindTitle, kindGroups, resultTone, summaryOf } from "./auditWords";
import { auditQuery } from "./lists";
import { SearchField } from "./SearchField";
import { Section } from "./Section";
import { usePaged } from "./usePaged";

const rowsOf = (part: AuditList) => part.events;

/** What a filter by its own button is narrowed to. */
type Narrowed = { person?: string; server?: { id: string; name: string } };

/** What people did, the last first. */
export function AuditPage() {
  const [text, setText] = useState("");
  const [group, setGroup] = useState<string | null>(null);
  const [result, setResult] = useState<string | null>(null);
  const [since, setSince] = useState<Since>(spans[2]);
  const [narrowed, setNarrowed] = useState<Narrowed>({});
  const [selected, setSelected] = useState<AuditEvent | null>(null);
  const filter: AuditQuery = {
    ...(text !== "" && { text }),
    ...(group !== null && { kind: kindGroups.find(({ title }) => title === group)?.kinds.join(",") ?? "" }),
    ...(result !== null && { result }),
    ...(since.from !== null && { from: since.from }),
    ...(narrowed.person !== undefined && { person: narrowed.person }),
    ...(narrowed.server !== undefined && { server: narrowed.server.id }),
  };
  const { rows, problem, busy, onMore, reload } = usePaged(auditQuery(filter), rowsOf);
  return (
    <Section
      title="Audit"
      count={null}
      problem={problem}
      busy={busy}
      onReload={() => {
        setSince(again(since));
        reload();
      }}
      actions={
        <Button icon={Download} onClick={() => downloadAudit(filter)}>
          Download
        </Button>
      }
      bar={
        <>
          <SearchField label="Find in statements and details" onSearch={setText} />
          <Choice
            name="Events"
            value={group}
            choices={kindGroups.map(({ title }) => title)}
            onChoose={setGroup}
          />
          <Choice name="Result" value={result} choices={results} onChoose={setResult} />
          <Choice
            name="Time"
            value={since.title}
            choices={spans.map(({ title }) => title)}
            onChoose={(title) => setSince(again(spans.find((span) => span.title === title) ?? everything))}
          />
          {narrowed.person !== undefined && (
            <Narrow what={narrowed.person} onEnd={() => setNarrowed(({ person: _, ...rest }) => rest)} />
          )}
          {narrowed.server !== undefined && (
            <Narrow what={narrowed.server.name} onEnd={() => setNarrowed(({ server: _, ...rest }) => rest)} />
          )}
        </>
      }
    >
      <ListTable
        label="Audit events"
        columns={selected ? beside : columns}
        rows={rows}
        total={rows === undefined ? 0 : onMore ? -1 : rows.length}
        keyOf={({ id }) => id}
        empty="No event fits. Change what you look for, or the time."
        selected={selected?.id ?? null}
        onSelect={(event) => setSelected(event.id === selected?.id ? null : event)}
        onMore={onMore}
      />
      {selected && (
        <AuditPanel
          key={selected.id}
          event={selected}
          onClose={() => setSelected(null)}
          onPerson={(person) => setNarrowed((before) => ({ ...before, person }))}
          onServer={(server) => setNarrowed((before) => ({ ...before, server }))}
        />
      )}
    </Section>
  );
}

const columns: readonly ListColumn<AuditEvent>[] = [
  {
    key: "time",
    head: "Time",
    width: 104,
    cell: ({ time }) => (
      <time dateTime={time} title={formatInstant(new Date(time))} className={styles.time}>
        {formatTime(new Date(time))}
      </time>
    ),
  },
  {
    key: "person",
    head: "Person",
    width: 140,
    cell: ({ person }) =>
      person == null ? (
        <span className={styles.nothing}>nobody known</span>
      ) : (
        <span title={person}>{person}</span>
      ),
  },
  { key: "kind", head: "Event", width: 136, cell: ({ kind }) => kindTitle(kind) },
  {
    key: "place",
    head: "Server",
    width: 124,
    cell: ({ server, database }) => {
      const place = [server, database].filter((part) => part != null).join(" / ");
      return (
        <span className={styles.second} title={place}>
          {place}
        </span>
      );
    },
  },
  {
    key: "what",
    head: "What",
    least: 160,
    cell: (event) =>
      event.statement == null ? (
        <span className={styles.second}>{summaryOf(event)}</span>
      ) : (
        <SqlText sql={event.statement} />
      ),
  },
  {
    key: "rows",
    head: "Rows",
    width: 64,
    numeric: true,
    cell: ({ rows }) => (rows == null ? "" : formatCount(rows)),
  },
  {
    key: "duration",
    head: "Took",
    width: 80,
    numeric: true,
    cell: ({ duration_ms }) => (duration_ms == null ? "" : formatDuration(duration_ms)),
  },
  {
    key: "result",
    head: "Result",
    width: 100,
    cell: ({ result, code }) =>
      result === "ok" ? (
        <span className={styles.second}>ok</span>
      ) : (
        <span title={code ?? undefined}>
          <Badge tone={resultTone(result)}>{result}</Badge>
        </span>
      ),
  },
];

/** Beside the panel, which tells the rest, there is room for what happened. */
const beside = columns.filter(({ key }) => !["place", "rows", "duration"].includes(key));

const results = ["ok", "failed", "cancelled", "interrupted", "begun"] as const;

interface Since {
  title: string;
  hours: number | null;
  /** The moment, fixed when it was chosen: a list that is read in parts must not move. */
  from: string | null;
}

const span = (title: string, hours: number | null): Since => again({ title, hours, from: null });
const everything = span("ever", null);
const spans = [
  span("last hour", 1),
  span("last day", 24),
  span("last 7 days", 7 * 24),
  span("last 30 days", 30 * 24),
  everything,
] as const;

/** The span up to now. */
function again(since: Since): Since {
  if (since.hours === null) return since;
  return { ...since, from: new Date(Date.now() - since.hours * 3_600_000).toISOString() };
}

interface ChoiceProps {
  name: string;
  value: string | null;
  choices: readonly string[];
  onChoose: (value: string | null) => void;
}

function Choice({ name, value, choices, onChoose }: ChoiceProps) {
  const all = { kind: "choice", label: "all", chosen: value === null, run: () => onChoose(null) } as const;
  const entries: MenuEntry[] = [
    ...(name === "Time" ? [] : [all]),
    ...choices.map((choice): MenuEntry => ({
      kind: "choice",
      label: choice,
      chosen: choice === value,
      run: () => onChoose(choice),
    })),
  ];
  const trigger = (
    <Button variant="ghost" iconAfter={ChevronDown} on={value !== null && name !== "Time"}>
      {`${name}: ${value ?? "all"}`}
    </Button>
  );
  return <Menu trigger={trigger} entries={entries} />;
}

/** What the list is narrowed to, with a way back. */
function Narrow({ what, onEnd }: { what: string; onEnd: () => void }) {
  return (
    <Button size="sm" iconAfter={X} on aria-label={`Not only ${what}`} onClick={onEnd}>
      {what}
    </Button>
  );
}

import type { DatabaseError, TimeLimit } from "~/run/protocol";
import type { RunNote } from "~/run/runRecord";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import styles from "./MessageDetail.module.css";
import { placeIn } from "./places";
import { timeLimitWords } from "./timeLimitWords";

interface ErrorDetailProps {
  error: DatabaseError;
  limit: TimeLimit | null;
  document: string;
  onGoToError: () => void;
  onCopy: (text: string) => void;
}

/** An error, whole, as PostgreSQL sent it. */
export function ErrorDetail({ error, limit, document, onGoToError, onCopy }: ErrorDetailProps) {
  const facts = errorFacts(error, limit, document);
  return (
    <div className={classes(styles.block, styles.danger)}>
      <Facts facts={facts} />
      <div className={styles.actions}>
        {typeof error.position === "number" && (
          <Button size="sm" keys="Alt+J" onClick={onGoToError}>
            Go to error
          </Button>
        )}
        <Button size="sm" onClick={() => onCopy(facts.map(([name, text]) => `${name}: ${text}`).join("\n"))}>
          Copy as text
        </Button>
      </div>
    </div>
  );
}

/** A notice or a notification, where it came. */
export function NoteDetail({ note }: { note: RunNote }) {
  if (note.kind === "notification") {
    return (
      <div className={classes(styles.block, styles.info)}>
        <Facts
          facts={[
            ["Channel", note.channel],
            ["Payload", note.payload],
            ["From", `backend ${note.pid}`],
          ]}
        />
      </div>
    );
  }
  const { notice } = note;
  return (
    <div className={classes(styles.block, notice.severity === "WARNING" ? styles.warning : styles.info)}>
      <Facts
        facts={present([
          [notice.severity, notice.message],
          ["Detail", notice.detail],
          ["Hint", notice.hint],
        ])}
      />
    </div>
  );
}

type Fact = readonly [name: string, text: string];

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, text]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function errorFacts(error: DatabaseError, limit: TimeLimit | null, document: string): Fact[] {
  const place = typeof error.position === "number" ? placeIn(document, error.position) : null;
  const where = `${place ? `line ${place.line}, column ${place.column}, ` : ""}SQLSTATE ${error.code}`;
  return present([
    ["Message", error.message],
    ["Detail", error.detail],
    ["Hint", error.hint],
    ["Limit", limit && timeLimitWords(limit)],
    ["Where", where],
    ["Context", error.context],
    ["Query", error.internal_query],
    ["Object", objectOf(error)],
    ["Source", error.source],
  ]);
}

function objectOf({ schema, table, column, data_type, constraint }: DatabaseError): string {
  const path = [schema, table, column].filter((part) => part != null).join(".");
  return [path, data_type != null && `type ${data_type}`, constraint != null && `constraint ${constraint}`]
    .filter((part) => part !== false && part !== "")
    .join(", ");
}

function present(facts: readonly (readonly [string, string | null | undefined])[]): Fact[] {
  return facts.flatMap(([name, text]) => (text == null || text === "" ? [] : [[name, text] as const]));
}

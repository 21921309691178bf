import type { ReactNode } from "react";

import { nextToken } from "~/editor/sqlLexer";
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
      <Facts facts={facts} at={error.internal_position ?? null} />
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

/** What PostgreSQL ran within a function when it failed. */
const QUERY = "Query";

/** `at`: the character of that query which failed, from 1. */
function Facts({ facts, at = null }: { facts: readonly Fact[]; at?: number | null }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, text]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{name === QUERY && at != null ? marked(text, at) : text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The text with what failed in it marked. */
function marked(text: string, at: number): ReactNode {
  const from = unitsOf(text, at);
  const token = nextToken(text, from);
  if (token?.from !== from) return text;
  return (
    <>
      {text.slice(0, from)}
      <mark className={styles.failed}>{text.slice(from, token.to)}</mark>
      {text.slice(token.to)}
    </>
  );
}

/** A position of PostgreSQL's, which counts characters, as an offset. */
function unitsOf(text: string, position: number): number {
  return Array.from(text)
    .slice(0, position - 1)
    .join("").length;
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
    [QUERY, error.internal_query],
    ["In query", placeInQuery(error)],
    ["Object", objectOf(error)],
    ["Source", error.source],
  ]);
}

function placeInQuery({ internal_query: query, internal_position: position }: DatabaseError): string | null {
  if (query == null || position == null) return null;
  const { line, column } = placeIn(query, unitsOf(query, position));
  return `line ${line}, column ${column}`;
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

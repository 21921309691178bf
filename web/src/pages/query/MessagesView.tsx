import { Fragment, memo, type ReactNode } from "react";
import { Check, CircleStop, CircleX, type LucideIcon, Loader, Minus, Pause } from "lucide-react";

import { SqlText } from "~/editor/SqlText";
import type { Run, RunNote, Statement, StatementState } from "~/run/runRecord";
import type { Strings } from "~/editor/strings";
import { classes } from "~/ui/classes";
import { formatDuration, plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import table from "~/ui/Table.module.css";
import { ErrorDetail, NoteDetail } from "./MessageDetail";
import styles from "./MessagesView.module.css";
import { placeIn } from "./places";

interface MessagesViewProps {
  run: Run;
  onGoToError: () => void;
  onCopy: (text: string) => void;
}

/** What became of every statement, with what PostgreSQL said meanwhile. */
export function MessagesView({ run, onGoToError, onCopy }: MessagesViewProps) {
  const { ofStatement, between } = sorted(run.notes);
  return (
    <div className={classes(table.scroller, styles.list)} tabIndex={0} role="region" aria-label="Messages">
      <table className={classes(table.table, styles.table)}>
        <thead>
          <tr>
            <th scope="col" className={styles.index}>
              #
            </th>
            <th scope="col" className={styles.state}>
              <span className="visually-hidden">State</span>
            </th>
            <th scope="col">Statement</th>
            <th scope="col" className={styles.result}>
              Result
            </th>
            <th scope="col" className={styles.time}>
              First row
            </th>
            <th scope="col" className={styles.time}>
              Time
            </th>
          </tr>
        </thead>
        <tbody>
          {run.statements.map((statement) => (
            <Fragment key={statement.index}>
              <StatementRow statement={statement} document={run.request.document} strings={run.strings} />
              {(ofStatement.get(statement.index) ?? []).map((note, index) => (
                <DetailRow key={index}>
                  <NoteDetail note={note} />
                </DetailRow>
              ))}
              {statement.state.kind === "failed" && (
                <DetailRow>
                  <ErrorDetail
                    error={statement.state.error}
                    limit={statement.state.limit}
                    document={run.request.document}
                    onGoToError={onGoToError}
                    onCopy={onCopy}
                  />
                </DetailRow>
              )}
            </Fragment>
          ))}
          {between.map((note, index) => (
            <DetailRow key={index}>
              <NoteDetail note={note} />
            </DetailRow>
          ))}
          {run.droppedNotes > 0 && (
            <DetailRow>{plural(run.droppedNotes, "further message")} came and were not kept.</DetailRow>
          )}
        </tbody>
      </table>
    </div>
  );
}

/** Notes by the statement that they came with, and those that came between statements. */
function sorted(notes: readonly RunNote[]): {
  ofStatement: ReadonlyMap<number, RunNote[]>;
  between: RunNote[];
} {
  const ofStatement = new Map<number, RunNote[]>();
  const between: RunNote[] = [];
  for (const note of notes) {
    if (note.kind === "notification" || note.statement === null) between.push(note);
    else {
      const those = ofStatement.get(note.statement);
      if (those) those.push(note);
      else ofStatement.set(note.statement, [note]);
    }
  }
  return { ofStatement, between };
}

const StatementRow = memo(function StatementRow({
  statement,
  document,
  strings,
}: {
  statement: Statement;
  document: string;
  strings: Strings;
}) {
  const { icon, word, tone } = looks(statement.state);
  return (
    <tr>
      <td className={styles.index}>{statement.index + 1}</td>
      <td className={tone}>
        <Icon of={icon} label={word} />
      </td>
      <td title={statement.sql.slice(0, 2000)}>
        <SqlText sql={statement.sql} strings={strings} />
      </td>
      <td className={tone}>{resultWords(statement.state, document)}</td>
      <td className={styles.time}>
        {statement.state.kind === "finished" &&
          statement.state.firstRowMs !== null &&
          formatDuration(statement.state.firstRowMs)}
      </td>
      <td className={styles.time}>
        {"durationMs" in statement.state && formatDuration(statement.state.durationMs)}
      </td>
    </tr>
  );
});

function DetailRow({ children }: { children: ReactNode }) {
  return (
    <tr className={styles.detail}>
      <td colSpan={2} />
      <td colSpan={4}>{children}</td>
    </tr>
  );
}

function looks(state: StatementState): { icon: LucideIcon; word: string; tone: string | undefined } {
  switch (state.kind) {
    case "waiting":
      return { icon: Minus, word: "waiting", tone: styles.muted };
    case "running":
      return { icon: Loader, word: "running", tone: styles.running };
    case "paused":
      return { icon: Pause, word: "paused", tone: styles.running };
    case "finished":
      return { icon: Check, word: "done", tone: styles.done };
    case "failed":
      return { icon: CircleX, word: "failed", tone: styles.failed };
    case "cancelled":
      return { icon: CircleStop, word: "cancelled", tone: styles.muted };
    case "not_run":
      return { icon: Minus, word: "not run", tone: styles.muted };
    case "interrupted":
      return { icon: CircleX, word: "interrupted", tone: styles.muted };
  }
}

function resultWords(state: StatementState, document: string): string {
  switch (state.kind) {
    case "waiting":
      return "Waiting";
    case "running":
      return "Running";
    case "paused":
      return "Waits with more rows";
    case "finished":
      return state.tag === "" ? "Empty" : state.tag;
    case "failed": {
      const { code, position } = state.error;
      return typeof position === "number"
        ? `error ${code}, line ${placeIn(document, position).line}`
        : `error ${code}`;
    }
    case "cancelled":
      return "Cancelled";
    case "not_run":
      return "Not run";
    case "interrupted":
      return "Ended early";
  }
}

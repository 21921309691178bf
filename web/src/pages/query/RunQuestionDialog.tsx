import { useRef, useState } from "react";

import type { QuestionableStatement } from "~/api/types";
import type { RunQuestion } from "~/run/sessionState";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Checkbox } from "~/ui/Input";
import { dangerWords, runWords, titleWords } from "./dangerWords";
import styles from "./RunQuestionDialog.module.css";
import { ReasonField } from "./UnlockDialog";

interface RunQuestionDialogProps {
  question: RunQuestion;
  statements: readonly QuestionableStatement[];
  /** Where it would run. */
  target: string;
  /** The server is marked as production, and nothing was written through this session yet. */
  production: boolean;
  /** The session is read only until it is said why it must write. */
  locked: boolean;
  onRun: (unasked: boolean, reason: string) => void;
  onClose: () => void;
}

/** Asks whether statements that may destroy something, or write to production, are meant. */
export function RunQuestionDialog(props: RunQuestionDialogProps) {
  const { question, statements, target, production, locked, onRun, onClose } = props;
  const [reason, setReason] = useState("");
  const reasonField = useRef<HTMLInputElement>(null);
  const [unasked, setUnasked] = useState(false);
  const cancel = useRef<HTMLButtonElement>(null);
  const dangerous = statements.some(({ danger }) => danger != null);
  const run = () => {
    if (locked && reason.trim() === "") return reasonField.current?.focus();
    onRun(unasked, reason.trim());
  };
  return (
    <Dialog
      title={titleWords(statements, production || locked)}
      description={`Runs on ${target}`}
      initialFocus={locked ? reasonField : cancel}
      onClose={onClose}
      onPrimary={run}
      footStart={
        dangerous && (
          <Checkbox
            label="Do not ask again in this tab"
            checked={unasked}
            onChange={(event) => setUnasked(event.target.checked)}
          />
        )
      }
      foot={
        <>
          <Button ref={cancel} onClick={onClose}>
            Cancel
          </Button>
          <Button variant="danger" keys="Mod+Enter" disabled={locked && reason.trim() === ""} onClick={run}>
            {locked ? `Unlock and ${lowerFirst(runWords(statements))}` : runWords(statements)}
          </Button>
        </>
      }
    >
      <DialogBody>
        {production && (
          <p className={styles.production}>
            <b>{target}</b> is marked as production.{" "}
            {!locked && "This is asked once a session, before the first change."}
          </p>
        )}
        <ul className={styles.statements}>
          {statements.map((statement) => (
            <li key={statement.range.start}>
              <code className={styles.sql}>
                {excerpt(question.request.sql.slice(statement.range.start, statement.range.end))}
              </code>
              {statement.danger != null && <p>{dangerWords(statement)}</p>}
            </li>
          ))}
        </ul>
        {locked && (
          <>
            <p>
              Sessions on {target} are read only by default. This tab may then write until its session ends or
              you lock it again.
            </p>
            <ReasonField value={reason} onChange={setReason} onEnter={run} field={reasonField} />
          </>
        )}
      </DialogBody>
    </Dialog>
  );
}

function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

const LONGEST = 300;

function excerpt(sql: string): string {
  return sql.length > LONGEST ? `${sql.slice(0, LONGEST)} …` : sql;
}

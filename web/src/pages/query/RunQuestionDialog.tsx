import { useRef, useState } from "react";

import type { QuestionableStatement } from "~/api/types";
import type { RunQuestion } from "~/run/sessionState";
import { Button } from "~/ui/Button";
import { Dialog, DialogBody } from "~/ui/Dialog";
import { Checkbox } from "~/ui/Input";
import { dangerWords, runWords, titleWords } from "./dangerWords";
import styles from "./RunQuestionDialog.module.css";

interface RunQuestionDialogProps {
  question: RunQuestion;
  statements: readonly QuestionableStatement[];
  /** Where it would run. */
  target: string;
  /** The server is marked as production, and nothing was written through this session yet. */
  production: boolean;
  onRun: (unasked: boolean) => void;
  onClose: () => void;
}

/** Asks whether statements that may destroy something, or write to production, are meant. */
export function RunQuestionDialog(props: RunQuestionDialogProps) {
  const { question, statements, target, production, onRun, onClose } = props;
  const [unasked, setUnasked] = useState(false);
  const cancel = useRef<HTMLButtonElement>(null);
  const dangerous = statements.some(({ danger }) => danger != null);
  const run = () => onRun(unasked);
  return (
    <Dialog
      title={titleWords(statements, production)}
      description={`Runs on ${target}`}
      initialFocus={cancel}
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
          <Button variant="danger" keys="Mod+Enter" onClick={run}>
            {runWords(statements)}
          </Button>
        </>
      }
    >
      <DialogBody>
        {production && (
          <p className={styles.production}>
            <b>{target}</b> is marked as production. This is asked once a session, before the first change.
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
      </DialogBody>
    </Dialog>
  );
}

const LONGEST = 300;

function excerpt(sql: string): string {
  return sql.length > LONGEST ? `${sql.slice(0, LONGEST)} …` : sql;
}

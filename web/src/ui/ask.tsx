import { useRef } from "react";
import { create } from "zustand";
import { Button } from "./Button";
import { Dialog, DialogBody } from "./Dialog";

export interface Question {
  title: string;
  /** What happens, with numbers. */
  body: string;
  /** The verb with its object: `Remove server`. */
  confirm: string;
  /** What keeps everything as it is. */
  cancel?: string;
  danger?: boolean;
}

interface Asked extends Question {
  answer: (yes: boolean) => void;
}

const useQuestion = create<{ asked: Asked | null }>()(() => ({ asked: null }));

/** Asks one question and resolves with the answer; a second question answers the first with no. */
export function ask(question: Question): Promise<boolean> {
  useQuestion.getState().asked?.answer(false);
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      useQuestion.setState({ asked: null });
      resolve(yes);
    };
    useQuestion.setState({ asked: { ...question, answer } });
  });
}

/** Where questions appear. Stands once in the page. */
export function QuestionHost() {
  const asked = useQuestion((state) => state.asked);
  const first = useRef<HTMLButtonElement>(null);
  if (!asked) return null;
  return (
    <Dialog
      title={asked.title}
      size="sm"
      initialFocus={first}
      onClose={() => asked.answer(false)}
      onPrimary={() => asked.answer(true)}
      foot={
        <>
          <Button ref={asked.danger ? first : undefined} onClick={() => asked.answer(false)}>
            {asked.cancel ?? "Cancel"}
          </Button>
          <Button
            ref={asked.danger ? undefined : first}
            variant={asked.danger ? "danger" : "primary"}
            keys="Mod+Enter"
            onClick={() => asked.answer(true)}
          >
            {asked.confirm}
          </Button>
        </>
      }
    >
      <DialogBody>
        <p>{asked.body}</p>
      </DialogBody>
    </Dialog>
  );
}

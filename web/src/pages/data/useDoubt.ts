import { useState } from "react";

import type { TableShape } from "~/api/types";
import { changeContent, type DataContent } from "~/app/dataTab";
import { outcomeSql, type Verdict, verdictOf } from "./outcomeSql";
import type { TableRows } from "./tableRows";
import type { Attempt, Staging } from "./useStaging";

/** Whether it is known what became of changes that were sent, and what their rows say of it. */
export type DoubtState = "none" | "open" | "looking" | "failed" | Verdict;

type Seen = "looking" | "failed" | Verdict;

export interface Doubt {
  readonly state: DoubtState;
  /** Looks at the rows. Tells whether it is certain afterwards that nothing was applied. */
  readonly look: () => Promise<boolean>;
  /** The person knows. */
  readonly settle: () => void;
}

/** Changes that were sent, when no answer came: applying them once more could make them twice. */
export function useDoubt(
  tabId: string,
  { staged, sent }: DataContent,
  { shape, rows, staging }: { shape: TableShape; rows: TableRows; staging: Staging },
): Doubt {
  const { attempt, applying } = staging;
  const [seen, setSeenOf] = useState<{ of: Attempt | null; word: Seen } | null>(null);
  const setSeen = (word: Seen) => setSeenOf({ of: attempt, word });
  const isOpen = sent && staged.length > 0 && !applying;
  return {
    // What was seen before another attempt, or other changes, says nothing of these.
    state: isOpen ? (seen?.of === attempt ? seen.word : "open") : "none",
    look: async () => {
      setSeen("looking");
      const answer = await rows.ask(outcomeSql(shape, staged));
      if (answer.kind === "failed") {
        setSeen("failed");
        return false;
      }
      const { rows: found } = answer.result;
      const told = answer.result.columns.map((_, column) => {
        const cell = found.cell(0, column);
        return cell.kind === "text" ? cell.text : null;
      });
      const verdict = verdictOf(told, staged);
      setSeen(verdict);
      return verdict === "unmade";
    },
    settle: () => {
      setSeenOf(null);
      changeContent(tabId, { sent: false });
    },
  };
}

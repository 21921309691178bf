import { X } from "lucide-react";
import { useCallback, useMemo, useRef } from "react";

import type { TableShape } from "~/api/types";
import type { Offers } from "~/completion/offer";
import type { NameSource } from "~/editor/completion";
import { SqlInput, type SqlInputHandle } from "~/editor/SqlInput";
import type { Strings } from "~/run/strings";
import { Button, IconButton } from "~/ui/Button";
import { columnOffers, conditionOffers, conditionStatement } from "./conditionOffers";
import styles from "./DataTab.module.css";
import { conditionOffset, conditionText } from "./rowsSql";
import type { ReadFailure } from "./tableRows";

interface ConditionBarProps {
  readonly shape: TableShape;
  /** Null while there is no connection. */
  readonly names: NameSource | null;
  /** How the session reads strings. */
  readonly strings: Strings;
  /** The condition that the rows fulfil. */
  readonly where: string;
  /** The condition as it is being written. */
  readonly draft: string;
  readonly failure: ReadFailure | null;
  /** Whether filters were written into it, and whether it is still what they became. */
  readonly written: "as written" | "changed" | null;
  readonly onFilters: () => void;
  readonly onDraft: (draft: string) => void;
  readonly onWhere: (where: string) => void;
  readonly onClose: () => void;
}

/** A condition in SQL, for what filters cannot say. What PostgreSQL says of it stands at the place that it means. */
export function ConditionBar(props: ConditionBarProps) {
  const { shape, names, strings, where, draft, failure, written, onFilters, onDraft, onWhere, onClose } =
    props;
  const input = useRef<SqlInputHandle>(null);
  const error = useMemo(() => errorIn(failure, where), [failure, where]);
  const offers = useCallback(
    async (text: string, position: number): Promise<Offers | null> => {
      const own = conditionOffers(shape, text, position, strings);
      if (own) return own;
      const { sql: statement, offset } = conditionStatement(shape, text);
      const place = { statement, position: offset + position, strings };
      const known = await names?.complete(place);
      if (!known) return null;
      const hasColumns = known.offers.some(({ kind }) => kind === "column");
      const columns = hasColumns ? null : columnOffers(shape, text, position);
      return {
        from: known.from - offset,
        to: known.to - offset,
        offers: [...(columns?.offers ?? []), ...known.offers],
      };
    },
    [shape, names, strings],
  );
  return (
    <form
      className={styles.condition}
      aria-label="Condition in SQL"
      onSubmit={(event) => {
        event.preventDefault();
        input.current?.submit();
      }}
    >
      <span className={styles.keyword} aria-hidden="true">
        where
      </span>
      <SqlInput
        ref={input}
        label="where"
        initialText={draft}
        autoFocus
        onText={onDraft}
        onSubmit={onWhere}
        offers={offers}
        strings={strings}
        error={error}
      />
      {written === "as written" && (
        <Button size="sm" variant="ghost" title="Make filters of it again, as they were" onClick={onFilters}>
          Back to filters
        </Button>
      )}
      {written === "changed" && (
        <span
          className={styles.stays}
          title="The filters that it came from say something else. Undo your changes of the text to get them back."
        >
          changed, stays SQL
        </span>
      )}
      <Button size="sm" type="submit" keys="Enter" disabled={draft === where}>
        Filter
      </Button>
      <IconButton icon={X} size="sm" label="Remove the condition" onClick={onClose} />
    </form>
  );
}

/** What PostgreSQL said of the condition, at its place in the text; null where it spoke of something else. */
export function errorIn(failure: ReadFailure | null, where: string) {
  if (failure?.kind !== "database" || failure.error.position == null) return null;
  const offset = conditionOffset(failure.sql, where);
  const text = conditionText(where);
  if (offset === null) return null;
  const at = failure.error.position - offset;
  // A parenthesis too many ends the condition early: PostgreSQL then points behind it.
  if (at < 0) return null;
  const position = Math.min(at, text.length) + where.indexOf(text);
  return { ...failure.error, position };
}

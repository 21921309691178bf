import { ArrowDown, ArrowUp, Filter, X } from "lucide-react";
import { useState } from "react";

import { Button, IconButton } from "~/ui/Button";
import { formatCount, plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Input, Select } from "~/ui/Input";
import {
  addCondition,
  conditionWords,
  isPlain,
  OPERATORS,
  withoutCondition,
  withoutSorting,
  type Arrangement,
  type Operator,
} from "./arrangement";
import type { GridColumnView } from "./columns";
import styles from "./GridBar.module.css";

interface ArrangementBarProps {
  readonly columns: readonly GridColumnView[];
  readonly arrangement: Arrangement;
  readonly arrange: (change: (before: Arrangement) => Arrangement) => void;
  readonly busy: boolean;
  readonly shown: number;
  readonly fetched: number;
  /** PostgreSQL has rows that are not here. */
  readonly isPartial: boolean;
  /** The column for which a condition is being written. */
  readonly draft: number | null;
  readonly onDraft: (column: number | null) => void;
  /** Has PostgreSQL sort and filter all rows; null where that cannot be written as SQL. */
  readonly onRequery: (() => void) | null;
}

/** How the rows are sorted and filtered in the page, and what that leaves out. */
export function ArrangementBar(props: ArrangementBarProps) {
  const { columns, arrangement, arrange, busy, shown, fetched, isPartial, draft, onDraft, onRequery } = props;
  if (isPlain(arrangement) && draft === null) return null;
  const nameOf = (column: number) => columns[column]?.name ?? "";
  return (
    <div className={styles.bar} role="group" aria-label="Sorted and filtered">
      {arrangement.conditions.map((condition) => {
        const words = conditionWords(condition, nameOf(condition.column));
        return (
          <span key={words} className={styles.chip}>
            <Icon of={Filter} size={14} />
            <span className={styles.text}>{words}</span>
            <IconButton
              icon={X}
              size="sm"
              label={`Remove filter ${words}`}
              onClick={() => arrange((now) => withoutCondition(now, condition))}
            />
          </span>
        );
      })}
      {arrangement.sort.map(({ column, descending }) => (
        <span key={column} className={styles.chip}>
          <Icon of={descending ? ArrowDown : ArrowUp} size={14} />
          <span
            className={styles.text}
          >{`${nameOf(column)} ${descending ? "descending" : "ascending"}`}</span>
          <IconButton
            icon={X}
            size="sm"
            label={`Remove sorting by ${nameOf(column)}`}
            onClick={() => arrange((now) => withoutSorting(now, column))}
          />
        </span>
      ))}
      {draft !== null && (
        <Draft
          key={draft}
          columns={columns}
          column={draft}
          onColumn={onDraft}
          onAdd={(operator, text) => {
            arrange((now) => addCondition(now, { column: draft, operator, text }));
            onDraft(null);
          }}
          onCancel={() => onDraft(null)}
        />
      )}
      {!isPlain(arrangement) && (
        <>
          <span className={styles.words} role="status">
            {busy
              ? "Working"
              : `${formatCount(shown)} of ${isPartial ? "the " : ""}${plural(fetched, "row")}${isPartial ? " fetched" : ""}`}
          </span>
          {onRequery && (
            <Button size="sm" title="Runs the statement again in a new tab" onClick={onRequery}>
              {wordsOfRequery(arrangement)}
            </Button>
          )}
        </>
      )}
    </div>
  );
}

function wordsOfRequery({ sort, conditions }: Arrangement): string {
  const what = [conditions.length > 0 ? "filter" : "", sort.length > 0 ? "sort" : ""].filter(
    (word) => word !== "",
  );
  const words = what.join(" and ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} in PostgreSQL`;
}

interface DraftProps {
  readonly columns: readonly GridColumnView[];
  readonly column: number;
  readonly onColumn: (column: number) => void;
  readonly onAdd: (operator: Operator, text: string) => void;
  readonly onCancel: () => void;
}

function Draft({ columns, column, onColumn, onAdd, onCancel }: DraftProps) {
  const [operator, setOperator] = useState<Operator>("contains");
  const [text, setText] = useState("");
  const hasText = operator !== "null" && operator !== "not_null";
  return (
    <form
      className={styles.draft}
      aria-label="New filter"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd(operator, hasText ? text : "");
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onCancel();
      }}
    >
      <Select
        size="sm"
        aria-label="Column"
        value={column}
        onChange={(event) => onColumn(Number(event.target.value))}
      >
        {columns.map(({ name }, index) => (
          <option key={index} value={index}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        size="sm"
        aria-label="Comparison"
        value={operator}
        onChange={(event) => setOperator(event.target.value as Operator)}
      >
        {OPERATORS.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </Select>
      {hasText && (
        <Input
          size="sm"
          mono
          autoFocus
          aria-label="Value"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <Button size="sm" type="submit">
        Add filter
      </Button>
      <IconButton icon={X} size="sm" label="Cancel filter" onClick={onCancel} />
    </form>
  );
}

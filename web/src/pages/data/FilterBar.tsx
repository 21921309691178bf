import { ArrowDownToLine, ArrowUpToLine, CodeXml, ListFilter, Plus, RefreshCw, X } from "lucide-react";
import { Fragment, type ReactNode, useState } from "react";

import type { TableColumn, TableShape } from "~/api/types";
import type { DataContent, FilterOperator, RowFilter } from "~/app/dataTab";
import { Button, IconButton } from "~/ui/Button";
import { formatCount, formatEstimate, plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Input, Select } from "~/ui/Input";
import styles from "./FilterBar.module.css";
import { EXAMPLES, hasValue, OPERATORS, operatorsOf } from "./filterSql";
import { readableColumns } from "./rowsSql";
import type { RowsEnd, RowTotal } from "./tableRows";

interface FilterBarProps {
  readonly shape: TableShape;
  readonly content: DataContent;
  readonly total: RowTotal;
  readonly onChange: (change: Partial<Pick<DataContent, "filters" | "where">>) => void;
  readonly onCount: () => void;
  readonly onAdd: (() => void) | null;
  readonly onRead: () => void;
  /** The end that rows are read from. */
  readonly from: RowsEnd;
  /** Reads from the other end; null where that would mean to read everything. */
  readonly onFrom: ((from: RowsEnd) => void) | null;
  readonly condition: boolean;
  readonly onCondition: () => void;
  /** Puts the filters into the condition, as SQL. */
  readonly onAsSql: () => void;
  /** Menus for columns and files. */
  readonly children: ReactNode;
}

/** Which rows are shown, how many there are, and what can be done with all of them. */
export function FilterBar(props: FilterBarProps) {
  const { shape, content, total, onChange, onCount, onAdd, onRead, condition, onCondition } = props;
  const { from, onFrom, onAsSql, children } = props;
  const { filters } = content;
  /** The filter that is being written: its place, or behind the last. */
  const [draft, setDraft] = useState<number | null>(null);
  const put = (at: number, filter: RowFilter | null) => {
    onChange({ filters: filters.toSpliced(at, 1, ...(filter ? [filter] : [])) });
    setDraft(null);
  };
  return (
    <div className={styles.bar} role="toolbar" aria-label="Filter">
      <Icon of={ListFilter} />
      {filters.map((filter, at) => (
        <Fragment key={at}>
          {at > 0 && (
            <Joint or={filter.or === true} onToggle={() => put(at, { ...filter, or: filter.or !== true })} />
          )}
          {draft === at ? (
            <FilterForm
              shape={shape}
              filter={filter}
              onDone={(next) => (next ? put(at, { ...next, or: filter.or === true }) : setDraft(null))}
            />
          ) : (
            <Chip filter={filter} onEdit={() => setDraft(at)} onRemove={() => put(at, null)} />
          )}
        </Fragment>
      ))}
      {draft === filters.length ? (
        <FilterForm
          shape={shape}
          filter={null}
          onDone={(next) => (next ? put(filters.length, next) : setDraft(null))}
        />
      ) : (
        <Button icon={Plus} size="sm" variant="ghost" onClick={() => setDraft(filters.length)}>
          Add filter
        </Button>
      )}
      {filters.length > 0 && draft === null && (
        <>
          <Button size="sm" variant="ghost" title="Write the filters as a condition in SQL" onClick={onAsSql}>
            As SQL
          </Button>
          <Button size="sm" variant="ghost" onClick={() => onChange({ filters: [] })}>
            Clear
          </Button>
        </>
      )}
      <span className={styles.end}>
        <Total total={total} onCount={onCount} />
        {onFrom && (
          <IconButton
            icon={from === "first" ? ArrowDownToLine : ArrowUpToLine}
            size="sm"
            label={from === "first" ? "Go to the last rows" : "Go to the first rows"}
            onClick={() => onFrom(from === "first" ? "last" : "first")}
          />
        )}
        {onAdd && (
          <Button icon={Plus} size="sm" variant="ghost" keys="Alt+I" onClick={onAdd}>
            Add row
          </Button>
        )}
        <IconButton icon={CodeXml} size="sm" label="Condition in SQL" on={condition} onClick={onCondition} />
        {children}
        <IconButton icon={RefreshCw} size="sm" label="Read again" keys="Alt+R" onClick={onRead} />
      </span>
    </div>
  );
}

function Total({ total, onCount }: { total: RowTotal; onCount: () => void }) {
  switch (total.kind) {
    case "unknown":
      return null;
    case "counting":
      return <span className={styles.total}>counting</span>;
    case "exactly":
      return <span className={styles.total}>{plural(total.rows, "row")}</span>;
    case "about":
      return (
        <Button size="sm" variant="ghost" title="Count exactly" onClick={onCount}>
          {`about ${total.rows < 10_000 ? formatCount(Math.round(total.rows)) : formatEstimate(total.rows)} rows`}
        </Button>
      );
  }
}

/** How two filters go together; a press changes it. */
function Joint({ or, onToggle }: { or: boolean; onToggle: () => void }) {
  return (
    <button
      type="button"
      className={styles.joint}
      title={or ? "One of the two is enough" : "Both are needed"}
      aria-label={or ? "or: one of the two is enough" : "and: both are needed"}
      onClick={onToggle}
    >
      {or ? "or" : "and"}
    </button>
  );
}

interface ChipProps {
  readonly filter: RowFilter;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function Chip({ filter: { column, operator, value }, onEdit, onRemove }: ChipProps) {
  const words = `${column} ${OPERATORS[operator]}${hasValue(operator) ? ` ${value}` : ""}`;
  return (
    <span className={styles.chip}>
      <button type="button" className={styles.part} aria-label={`Change filter ${words}`} onClick={onEdit}>
        <span>{column}</span> <span className={styles.operator}>{OPERATORS[operator]}</span>{" "}
        {hasValue(operator) && <span className={styles.value}>{value === "" ? "''" : value}</span>}
      </button>
      <IconButton icon={X} size="sm" label={`Remove filter ${words}`} onClick={onRemove} />
    </span>
  );
}

interface FilterFormProps {
  readonly shape: TableShape;
  readonly filter: RowFilter | null;
  /** Null: it stays as it was. */
  readonly onDone: (filter: RowFilter | null) => void;
}

function FilterForm({ shape, filter, onDone }: FilterFormProps) {
  const columns = readableColumns(shape);
  const [name, setName] = useState(filter?.column ?? columns[0]?.name ?? "");
  const column = columns.find((other) => other.name === name);
  const operators = column ? operatorsOf(column) : [];
  const [chosen, setOperator] = useState<FilterOperator | null>(filter?.operator ?? null);
  const operator = chosen !== null && operators.includes(chosen) ? chosen : (operators[0] ?? "is");
  const [value, setValue] = useState(filter?.value ?? "");
  return (
    <form
      className={styles.form}
      aria-label={filter ? "Filter" : "New filter"}
      onSubmit={(event) => {
        event.preventDefault();
        onDone({ column: name, operator, value: hasValue(operator) ? value : "" });
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onDone(null);
      }}
    >
      <Select
        size="sm"
        aria-label="Column"
        autoFocus
        value={name}
        onChange={(event) => setName(event.target.value)}
      >
        {columns.map((other) => (
          <option key={other.number} value={other.name}>
            {other.name}
          </option>
        ))}
      </Select>
      <Select
        size="sm"
        aria-label="Comparison"
        value={operator}
        onChange={(event) => setOperator(event.target.value as FilterOperator)}
      >
        {operators.map((other) => (
          <option key={other} value={other}>
            {OPERATORS[other]}
          </option>
        ))}
      </Select>
      {hasValue(operator) && <Value column={column} operator={operator} value={value} onChange={setValue} />}
      <Button size="sm" type="submit" variant="primary">
        {filter ? "Set filter" : "Add filter"}
      </Button>
      <IconButton icon={X} size="sm" label="Cancel filter" onClick={() => onDone(null)} />
    </form>
  );
}

interface ValueProps {
  readonly column: TableColumn | undefined;
  readonly operator: FilterOperator;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Value({ column, operator, value, onChange }: ValueProps) {
  const labels = column?.category === "B" ? ["true", "false"] : column?.labels;
  if (labels && (operator === "is" || operator === "is_not")) {
    return (
      <Select
        size="sm"
        mono
        aria-label="Value"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {!labels.includes(value) && <option value={value}>{value}</option>}
        {labels.map((label) => (
          <option key={label} value={label}>
            {label}
          </option>
        ))}
      </Select>
    );
  }
  return (
    <Input
      size="sm"
      mono
      aria-label="Value"
      placeholder={EXAMPLES[operator] ?? ""}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

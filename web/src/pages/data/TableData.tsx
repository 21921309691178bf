import { Eye, SquareTerminal, Table2 } from "lucide-react";
import { type CSSProperties, useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { TablePlace } from "~/api/tableData";
import type { TableShape } from "~/api/types";
import { type CellValue, type CellValues, type DataContent, type StagedChange } from "~/app/dataTab";
import { environmentOf, useServer } from "~/app/servers";
import { publishStatus } from "~/app/status";
import { guardClose, openTab, type Tab } from "~/app/tabs";
import { plainArrangement } from "~/grid/arrangement";
import { copyText } from "~/grid/copyText";
import { type CellPlace, type GridHandle, ResultGrid } from "~/grid/ResultGrid";
import type { SelectionSummary } from "~/grid/summary";
import { statusFacts } from "~/pages/query/statusFacts";
import { useCredentialPrompt } from "~/pages/query/useCredentialPrompt";
import { useSessionView } from "~/pages/query/useSessionView";
import { item } from "~/run/item";
import { ask } from "~/ui/ask";
import { Badge } from "~/ui/Badge";
import { Button } from "~/ui/Button";
import { formatCount, plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { toast } from "~/ui/toast";
import { CellEditor, type Then } from "./CellEditor";
import { cellMenu } from "./cellMenu";
import { ConditionBar } from "./ConditionBar";
import styles from "./DataTab.module.css";
import { Display, gridColumns } from "./display";
import { FilterBar } from "./FilterBar";
import { ReadBanner } from "./ReadBanner";
import { ReferencePicker, referenceOf } from "./ReferencePicker";
import { pastedRows } from "./paste";
import { KINDS, readOnlyWords } from "./readOnlyWords";
import { querySql } from "./rowsSql";
import { StagedDrawer } from "./StagedDrawer";
import { addRow, deleteRow, dropChange, editInsert, editRow } from "./staged";
import { copyOfRow, cutBytes, firstChanged, firstToFill, moved, placeOf, valueAt } from "./tableCells";
import { readRow, type TableRows } from "./tableRows";
import { useDataCommands } from "./useDataCommands";
import { useRows } from "./useTable";
import { usePreview, useStaging } from "./useStaging";

interface TableDataProps {
  readonly tab: Tab;
  readonly active: boolean;
  readonly content: DataContent;
  readonly rows: TableRows;
  readonly shape: TableShape;
  readonly place: TablePlace;
  readonly onContent: (change: Partial<DataContent>) => void;
  /** Asks anew what is known of the table. */
  readonly onReadShape: () => void;
}

interface Editing extends CellPlace {
  /** Where the editor stands in the grid's frame. */
  readonly place: CSSProperties;
  readonly typed: string | null;
}

/** The rows of a table with what is to become of them. */
export function TableData(props: TableDataProps) {
  const { tab, active, content, rows, shape, place, onContent, onReadShape } = props;
  const server = useServer(tab.serverId);
  const session = rows.session;
  const sessionView = useSessionView(session);
  const view = useRows(rows, shape, content);
  const staging = useStaging(tab.id, content, place);
  const { staged, troubles, stage } = staging;
  const statements = usePreview(staged, place);
  const grid = useRef<GridHandle>(null);
  const region = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<CellPlace | null>(null);
  const [summary, setSummary] = useState<SelectionSummary | null>(null);
  const [selectedRows, setSelectedRows] = useState<readonly number[]>([]);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [selectedChange, setSelectedChange] = useState<string | null>(null);
  const [condition, setCondition] = useState(content.where !== "");
  const [arrangement, setArrangement] = useState(() => plainArrangement(gridColumns(shape).length));

  const display = useMemo(
    () => new Display(rows, shape, staged, troubles),
    // A new version of the rows is other rows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [rows, shape, staged, troubles, view.version],
  );
  const columns = useMemo(() => gridColumns(shape), [shape]);
  const readOnly = readOnlyWords(
    shape,
    "connection" in sessionView.state && sessionView.state.connection.read_only,
  );
  const mayAdd = readOnly.add === null;
  const mayEdit = readOnly.edit === null;

  useCredentialPrompt(tab.serverId, session, sessionView.state);
  useEffect(() => grid.current?.redraw(), [display]);
  useEffect(
    () =>
      guardClose(tab.id, () =>
        staged.length === 0
          ? null
          : {
              title: `Close with ${plural(staged.length, "staged change")}?`,
              body: `What you changed in ${shape.name} has not been applied. Closing the tab drops it.`,
              confirm: `Drop ${plural(staged.length, "change")} and close`,
            },
      ),
    [tab.id, staged.length, shape.name],
  );
  useEffect(() => {
    const facts = statusFacts(tab, server, sessionView, summary && { kind: "cells", summary });
    publishStatus(tab.id, { ...facts, rows: view.rowCount, durationMs: view.durationMs });
  }, [tab, server, sessionView, summary, view.rowCount, view.durationMs]);

  const readAgain = () => {
    onReadShape();
    void rows.read({ shape, content });
  };

  const setCells = (row: number, values: CellValues) => {
    const shown = display.row(row);
    if (shown.kind === "insert") return stage(editInsert(staged, shown.change.id, values));
    const read = readRow(rows, shape, shown.index);
    if (shown.change?.type === "update") {
      return stage(editRow(staged, { ...read, cells: { ...read.cells, ...shown.change.old } }, values));
    }
    stage(editRow(staged, read, values));
  };
  const setCell = (at: CellPlace, value: CellValue) =>
    setCells(at.row, { [item(display.columns, at.column).name]: value });

  /** Why a cell cannot be changed; null when it can. */
  const lockOf = ({ row, column }: CellPlace): string | null => {
    const shown = display.row(row);
    const { name, generated, updatable, may_update, may_insert } = item(display.columns, column);
    if (generated != null) return `${name} is computed by PostgreSQL: ${generated}`;
    if (shown.kind === "insert") return may_insert ? null : `You have no right to set ${name}.`;
    if (readOnly.edit !== null) return readOnly.edit;
    if (shown.change?.type === "delete") return "This row is to be deleted. Undo that first.";
    if (!updatable) return `${name} cannot be changed through this view.`;
    return may_update ? null : `You have no right to change ${name}.`;
  };
  const edit = (at: CellPlace, typed: string | null = null) => {
    const lock = lockOf(at);
    if (lock !== null) return toast({ tone: "info", text: lock });
    const bounds = grid.current?.boundsOf(at);
    const frame = region.current?.getBoundingClientRect();
    if (!bounds || !frame) return;
    setEditing({ ...at, typed, ...placeOf(bounds, frame) });
  };
  const done = (value: CellValue, then: Then) => {
    if (!editing) return;
    setCell(editing, value);
    setEditing(null);
    const next = moved(editing, then, display.rowCount, columns.length);
    grid.current?.show(next);
    grid.current?.focus();
  };

  const add = (values: CellValues = {}) => {
    const next = addRow(staged, values);
    stage(next.staged);
    const first = staged.filter(({ type }) => type === "insert").length;
    requestAnimationFrame(() => {
      grid.current?.show({ row: first, column: firstToFill(display) });
      grid.current?.focus();
    });
  };
  const rowsAtHand = () => (selectedRows.length > 0 ? selectedRows : current ? [current.row] : []);
  const remove = () => {
    if (readOnly.remove !== null && rowsAtHand().some((row) => display.row(row).kind === "read")) {
      return toast({ tone: "info", text: readOnly.remove });
    }
    let next = staged;
    for (const row of rowsAtHand()) {
      const shown = display.row(row);
      next =
        shown.kind === "insert"
          ? dropChange(next, shown.change.id)
          : deleteRow(next, readRow(rows, shape, shown.index));
    }
    stage(next);
  };
  const duplicate = () => {
    let next = staged;
    for (const row of rowsAtHand()) next = addRow(next, copyOfRow(display, row)).staged;
    stage(next);
  };
  const setSelection = (value: CellValue) => {
    const block = grid.current?.block();
    if (!block) return;
    let lock: string | null = null;
    const cells = block.rows
      .flatMap(([first, end]) => Array.from({ length: end - first }, (_, at) => first + at))
      .flatMap((row) => block.columns.map((column) => ({ row, column })));
    let next = staged;
    for (const at of cells.slice(0, MOST_CELLS)) {
      const { name, not_null } = item(display.columns, at.column);
      const why = lockOf(at) ?? (value.kind === "null" && not_null ? `${name} takes no NULL.` : null);
      if (why !== null) lock = why;
      else next = withCell(next, at, { [name]: value });
    }
    stage(next);
    if (lock !== null) toast({ tone: "info", text: lock });
  };
  /** As `setCells`, for many in one step. */
  const withCell = (changes: readonly StagedChange[], at: CellPlace, values: CellValues) => {
    const shown = display.row(at.row);
    return shown.kind === "insert"
      ? editInsert(changes, shown.change.id, values)
      : editRow(changes, readRow(rows, shape, shown.index), values);
  };
  const paste = (text: string) => {
    if (!current) return;
    const pasted = pastedRows(text);
    let next = staged;
    let locked: string | null = null;
    let added = 0;
    for (const [down, line] of pasted.entries()) {
      const row = current.row + down;
      const values: Record<string, CellValue> = {};
      for (const [right, cell] of line.entries()) {
        const column = display.columns[current.column + right];
        if (!column) continue;
        const lock = row < display.rowCount ? lockOf({ row, column: current.column + right }) : null;
        if (lock !== null || column.generated != null)
          locked = lock ?? `${column.name} is computed by PostgreSQL`;
        else values[column.name] = cell;
      }
      if (Object.keys(values).length === 0) continue;
      if (row < display.rowCount) next = withCell(next, { row, column: current.column }, values);
      else if (mayAdd) {
        next = addRow(next, values).staged;
        added += 1;
      } else locked = readOnly.add;
    }
    stage(next);
    if (locked !== null) toast({ tone: "info", text: locked });
    else if (added > 0)
      toast({ text: `Pasted ${plural(pasted.length, "row")}, ${formatCount(added)} of them new` });
  };

  const apply = async () => {
    if (staged.length === 0 || staging.applying) return;
    const words = plural(staged.length, "change");
    if (environmentOf(server) === "production") {
      const yes = await ask({
        title: `Apply ${words} on production?`,
        body: `${words} of ${shape.schema}.${shape.name} on ${server?.name ?? "this server"}, which is marked as production. They run in one transaction: all or none.`,
        confirm: `Apply ${words}`,
        danger: true,
      });
      if (!yes) return;
    }
    if (await staging.apply()) {
      toast({ text: `Applied ${words}` });
      void rows.read({ shape, content });
    }
  };
  const discard = async () => {
    const words = plural(staged.length, "staged change");
    const yes = await ask({
      title: `Discard ${words}?`,
      body: "Undo brings them back as long as the tab is open.",
      confirm: `Discard ${words}`,
      danger: true,
    });
    if (yes) stage([]);
  };
  const openInEditor = () => {
    const sql = staged.flatMap(({ id }) => statements.get(id) ?? []).map((statement) => `${statement};`);
    openTab({
      title: `Changes of ${shape.name}`,
      serverId: tab.serverId,
      database: tab.database,
      sql: `begin;\n\n${sql.join("\n\n")}\n\ncommit;\n`,
    });
  };
  const select = (change: StagedChange) => {
    setSelectedChange(change.id);
    const row = display.placeOf(change);
    const first = change.type === "delete" ? 0 : firstChanged(change, display);
    if (row !== null) grid.current?.show({ row, column: first });
  };
  const sort = useCallback(
    (column: number, adding: boolean) => {
      const target = columns[column];
      if (!target || display.columns[column]?.comparable !== true) return;
      const before = content.sort.find((key) => key.column === target.name);
      const next =
        before === undefined
          ? { column: target.name, descending: false }
          : before.descending
            ? null
            : { column: target.name, descending: true };
      const others = adding ? content.sort.filter((key) => key.column !== target.name) : [];
      onContent({ sort: next ? [...others, next] : others });
    },
    [columns, display.columns, content.sort, onContent],
  );

  const commands = {
    apply: () => void apply(),
    undo: staging.undo,
    redo: staging.redo,
    add: () => (readOnly.add === null ? add() : toast({ tone: "info", text: readOnly.add })),
    duplicate,
    remove,
    setNull: () => setSelection({ kind: "null" }),
    setDefault: () => setSelection({ kind: "default" }),
    setEmpty: () => setSelection({ kind: "text", text: "" }),
    readAgain,
    cancel: () => rows.cancel(),
  };
  useDataCommands(tab.id, active, staging, commands);

  const edited = editing && columns[editing.column];
  const reference = editing ? referenceOf(shape, item(display.columns, editing.column).name) : null;

  return (
    <>
      <header className={styles.head}>
        <Icon of={shape.kind === "view" || shape.kind === "materialized_view" ? Eye : Table2} />
        <h1 title={shape.name}>{shape.name}</h1>
        <span className={styles.of}>
          {KINDS[shape.kind]} in {server?.name ?? ""} / {tab.database} / {shape.schema}
        </span>
        {shape.row_security && <Badge>row security</Badge>}
        {readOnly.badge !== null && <Badge tone="info">{readOnly.badge}</Badge>}
        <span className={styles.end}>
          <Button
            icon={SquareTerminal}
            onClick={() =>
              openTab({
                title: shape.name,
                serverId: tab.serverId,
                database: tab.database,
                sql: querySql(shape, content),
              })
            }
          >
            Query
          </Button>
        </span>
      </header>
      <FilterBar
        shape={shape}
        content={content}
        total={view.total}
        onChange={onContent}
        onCount={() => void rows.count()}
        onAdd={mayAdd ? () => add() : null}
        onRead={readAgain}
        condition={condition}
        onCondition={() => setCondition(!condition)}
      />
      {condition && (
        <ConditionBar
          tabId={tab.id}
          place={place}
          shape={shape}
          where={content.where}
          onWhere={(where) => onContent({ where })}
          onClose={() => {
            setCondition(false);
            if (content.where !== "") onContent({ where: "" });
          }}
        />
      )}
      <ReadBanner
        serverId={place.serverId}
        view={view}
        session={session}
        sessionView={sessionView}
        attempt={staging.attempt}
        troubles={troubles.size}
        why={readOnly.why}
        onRead={readAgain}
      />
      <div
        ref={region}
        className={styles.grid}
        data-region="data"
        onWheel={() => editing && setEditing(null)}
      >
        <ResultGrid
          ref={grid}
          label={`Rows of ${shape.name}`}
          memory={rows}
          result={{
            arrangement,
            arrange: (change) => setArrangement(change(arrangement)),
            columns,
            cells: display,
            rowCount: display.rowCount,
            busy: false,
          }}
          sortMarks={columns.map(({ name }) => {
            const key = content.sort.find(({ column }) => column === name);
            return key ? (key.descending ? "descending" : "ascending") : null;
          })}
          onHead={sort}
          onSelect={(next, at) => {
            setSummary(next);
            setCurrent(at);
          }}
          onSelectRows={setSelectedRows}
          onOpenCell={(at) => edit(at)}
          onType={(character) => current && edit(current, character)}
          onPaste={paste}
          onNearEnd={() => rows.more()}
          onCopy={(block) => {
            const copied = copyText(display, columns, block, { format: "tsv", header: false, table: "" });
            return copied.kind === "copied" ? copied.text : null;
          }}
          toneOf={(row, column) => display.tone(row, column)}
          signOf={(row) => display.sign(row)}
          isLink={(_, column) => columns[column]?.isReference === true}
          menu={(column, row) =>
            cellMenu({
              tab,
              shape,
              display,
              content,
              at: row === null ? null : { row, column },
              column,
              mayEdit,
              actions: { ...commands, edit: (at) => edit(at), sort, onContent },
            })
          }
          keys={{ Delete: remove, Backspace: remove }}
        />
        {display.rowCount === 0 && view.state === "ready" && <p className={styles.empty}>No rows</p>}
        {editing && edited && (
          <CellEditor
            key={`${editing.row}-${editing.column}`}
            column={item(display.columns, editing.column)}
            label={`${edited.name}, row ${editing.row + 1}`}
            value={valueAt(display, editing)}
            typed={editing.typed}
            cutBytes={cutBytes(display, editing)}
            place={editing.place}
            onDone={done}
            onCancel={() => {
              setEditing(null);
              grid.current?.focus();
            }}
            picker={
              reference && (
                <ReferencePicker
                  place={place}
                  reference={reference}
                  rows={rows}
                  onChoose={(values) => {
                    setCells(editing.row, values);
                    setEditing(null);
                    grid.current?.focus();
                  }}
                />
              )
            }
          />
        )}
      </div>
      {staged.length > 0 && (
        <StagedDrawer
          staging={staging}
          statements={statements}
          readAt={view.readAt}
          selected={selectedChange}
          onSelect={select}
          onDrop={(change) => stage(dropChange(staged, change.id))}
          onReplace={(change, next) =>
            stage(staged.flatMap((other) => (other === change ? (next ? [next] : []) : [other])))
          }
          onDiscard={() => void discard()}
          onOpenInEditor={openInEditor}
          onApply={() => void apply()}
        />
      )}
      <div className="visually-hidden" role="status" aria-live="polite">
        {staged.length > 0 ? plural(staged.length, "staged change") : ""}
        {view.state === "reading" ? "Reading rows" : `${plural(view.rowCount, "row")} read`}
      </div>
    </>
  );
}

/** Cells that are set at once. */
const MOST_CELLS = 10_000;

import { type CSSProperties, useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { TablePlace } from "~/api/tableData";
import type { TableShape } from "~/api/types";
import {
  type CellValue,
  type CellValues,
  type DataContent,
  type RowSort,
  type StagedChange,
} from "~/app/dataTab";
import { useServer } from "~/app/servers";
import { publishStatus } from "~/app/status";
import { guardClose, openTab, type Tab } from "~/app/tabs";
import { hideColumn, moveColumn } from "~/grid/arrangement";
import { copyText } from "~/grid/copyText";
import { type CellPlace, type GridHandle, ResultGrid } from "~/grid/ResultGrid";
import type { SelectionSummary } from "~/grid/summary";
import { copyToClipboard } from "~/pages/query/clipboard";
import { statusFacts } from "~/pages/query/statusFacts";
import { useCredentialPrompt } from "~/pages/query/useCredentialPrompt";
import { useNames } from "~/pages/query/useNames";
import { useSessionView } from "~/pages/query/useSessionView";
import { item } from "~/run/item";
import { ask } from "~/ui/ask";
import { formatCount, plural } from "~/ui/format";
import { toast } from "~/ui/toast";
import { CellEditor, type Then } from "./CellEditor";
import { cellMenu } from "./cellMenu";
import { CellTrouble } from "./CellTrouble";
import { ConditionBar, errorIn } from "./ConditionBar";
import styles from "./DataTab.module.css";
import { Display } from "./display";
import { type Edited, Edits } from "./edits";
import { FilterBar } from "./FilterBar";
import { withFilters } from "./filterSql";
import { FindByName } from "./GoneTable";
import { ReadBanner } from "./ReadBanner";
import { ReferencePicker, referenceOf } from "./ReferencePicker";
import { readOnlyWords } from "./readOnlyWords";
import { ColumnsMenu, DownloadMenu } from "./RowsMenus";
import { querySql } from "./rowsSql";
import { StagedDrawer } from "./StagedDrawer";
import { addRow, dropChange } from "./staged";
import { firstChanged, firstToFill, moved, placeOf, valueAt } from "./tableCells";
import type { RowsEnd, TableRows } from "./tableRows";
import { TableHead } from "./TableHead";
import { useTableParts } from "./TableParts";
import { DATA } from "~/pages/object/pageTabs";
import { panelOf } from "~/ui/SubTabs";
import { useApplying } from "./useApplying";
import { useColumns } from "./useColumns";
import { useDataCommands } from "./useDataCommands";
import { useDoubt } from "./useDoubt";
import { useMovedColumns } from "./useMovedColumns";
import { ValueViewer } from "./ValueViewer";
import { downloadWhole, useWholeValue } from "./wholeValue";
import { useRows } from "./useTable";
import { usePreview, useStaging } from "./useStaging";
import { useUnlocking } from "./useUnlocking";

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
  const parts = useTableParts(tab, shape, content.staged.length);
  const staging = useStaging(tab.id, content, place);
  const { staged, troubles, stage } = staging;
  const { moved: strayed, carry, drop } = useMovedColumns(tab.id, content, shape, stage);
  const doubt = useDoubt(tab.id, content, { shape, rows, staging });
  const statements = usePreview(staged, place);
  const grid = useRef<GridHandle>(null);
  const region = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<CellPlace | null>(null);
  const [summary, setSummary] = useState<SelectionSummary | null>(null);
  const [selectedRows, setSelectedRows] = useState<readonly number[]>([]);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [selectedChange, setSelectedChange] = useState<string | null>(null);
  const [viewed, setViewed] = useState<CellPlace | null>(null);
  /** Counts texts of the condition that were not typed. */
  const [conditionKey, setConditionKey] = useState(0);
  /** What stood in the condition when it was closed. */
  const closed = useRef("");
  const names = useNames(tab, sessionView);
  const { state } = sessionView;
  const isForbidden = "connection" in state && state.connection.writes === "forbidden";
  const readOnly = readOnlyWords(shape, isForbidden);
  const unlocking = useUnlocking(tab, server, sessionView);
  const takesEdits = readOnly.edit === null;
  const arranged = useColumns(
    shape,
    takesEdits,
    content.columns,
    useCallback((columns) => onContent({ columns }), [onContent]),
  );
  const { columns, arrangement, arrange } = arranged;

  const display = useMemo(
    () => new Display(rows, shape, staged, troubles, arrangement.columns, takesEdits),
    // A new version of the rows is other rows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [rows, shape, staged, troubles, arrangement.columns, takesEdits, view.version],
  );
  const mayAdd = readOnly.add === null;

  const firstInSight = useRef(0);
  const readBefore = useRef({ from: view.from, rowCount: display.rowCount });
  useEffect(() => {
    const before = readBefore.current;
    readBefore.current = { from: view.from, rowCount: display.rowCount };
    const added = display.rowCount - before.rowCount;
    if (view.from !== "last" || before.from !== "last" || added <= 0 || before.rowCount === 0) return;
    // More rows stand above now: what is in sight stays there, and so does the cell at hand.
    const { current: first } = firstInSight;
    if (current) grid.current?.show({ row: current.row + added, column: current.column });
    grid.current?.scrollToRow(first + added);
    // The cell at hand is looked at when rows come, not the other way round.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view.from, display.rowCount]);
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
    const unlocked = unlocking.lock === "unlocked";
    const readOnly = unlocked ? null : facts.readOnly;
    publishStatus(tab.id, { ...facts, readOnly, unlocked, rows: view.rowCount, durationMs: view.durationMs });
  }, [tab, server, sessionView, summary, unlocking.lock, view.rowCount, view.durationMs]);

  const readAgain = () => {
    onReadShape();
    void rows.readAgain({ shape, content });
  };

  const edits = new Edits(display, rows, shape, staged, readOnly);
  /** Stages what became of an edit, and says why some of it was not done. */
  const stageEdited = ({ staged: next, lock }: Edited) => {
    stage(next);
    if (lock !== null) toast({ tone: "info", text: lock });
  };
  const edit = (at: CellPlace, typed: string | null = null) => {
    const lock = edits.lockOf(at);
    if (lock !== null) {
      // What cannot be changed can still be looked at.
      if (typed === null && display.row(at.row).kind === "read") setViewed(at);
      return toast({ tone: "info", text: lock });
    }
    const bounds = grid.current?.boundsOf(at);
    const frame = region.current?.getBoundingClientRect();
    if (!bounds || !frame) return;
    setEditing({ ...at, typed, ...placeOf(bounds, frame) });
  };
  const done = (value: CellValue, then: Then) => {
    if (!editing) return;
    const { name } = item(display.columns, editing.column);
    const read = whole.kind === "whole" ? { [name]: whole.text } : {};
    stage(edits.set(editing.row, { [name]: value }, read));
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
  const remove = () => stageEdited(edits.remove(rowsAtHand()));
  const duplicate = () => stageEdited(edits.duplicate(rowsAtHand()));
  const setSelection = (value: CellValue) => {
    const block = grid.current?.block();
    if (block) stageEdited(edits.fill(block, value));
  };
  const fillDown = () => {
    const block = grid.current?.block();
    if (block) stageEdited(edits.fillDown(block));
  };
  const paste = (text: string) => {
    if (!current) return;
    const pasted = edits.paste(text, current);
    stageEdited(pasted);
    if (pasted.lock === null && pasted.added > 0) {
      const all = plural(pasted.pasted, "row");
      toast({ text: `Pasted ${all}, ${formatCount(pasted.added)} of them new` });
    }
  };

  const apply = useApplying({
    tab,
    server,
    shape,
    content,
    rows,
    display,
    staging,
    unlocking,
    doubt,
    strayed,
    onReadShape,
  });
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
  const closeCondition = () => {
    closed.current = content.draft ?? "";
    onContent({ draft: null, where: "" });
  };
  const filtersAsSql = () => {
    const { filters, where } = content;
    const sql = withFilters(shape, where, filters);
    onContent({ filters: [], where: sql, draft: sql, written: { filters, where, sql } });
    setConditionKey((key) => key + 1);
  };
  const filtersAgain = () => {
    const { written } = content;
    if (!written) return;
    const draft = written.where === "" ? null : written.where;
    onContent({
      filters: [...written.filters, ...content.filters],
      where: written.where,
      draft,
      written: null,
    });
    setConditionKey((key) => key + 1);
  };
  const goTo = (from: RowsEnd) => {
    void rows.read({ shape, content }, from).then(() => {
      // Once the rows have been drawn.
      requestAnimationFrame(() => {
        const { rowCount } = rows.view();
        const row = from === "last" ? rowCount - 1 : 0;
        if (rowCount > 0) grid.current?.show({ row, column: 0 });
        grid.current?.scrollToRow(row);
        grid.current?.focus();
      });
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
      onContent({ sort: nextSort(content.sort, target.name, adding) });
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
    fillDown,
    setNull: () => setSelection({ kind: "null" }),
    setDefault: () => setSelection({ kind: "default" }),
    setEmpty: () => setSelection({ kind: "text", text: "" }),
    readAgain,
    cancel: () => rows.cancel(),
    view: () => current && setViewed(current),
  };
  useDataCommands(tab.id, active && parts.other === null, staging, commands);

  const trouble =
    current && current.row < display.rowCount && current.column < columns.length
      ? display.troubleAt(current.row, current.column)
      : null;
  const edited = editing && editing.row < display.rowCount ? columns[editing.column] : undefined;
  const whole = useWholeValue(tab, rows, display, editing);
  const reference = edited && editing ? referenceOf(shape, item(display.columns, editing.column).name) : null;

  return (
    <>
      <TableHead
        shape={shape}
        where={`${server?.name ?? ""} / ${tab.database ?? ""}`}
        readOnly={readOnly}
        unlocking={unlocking}
        onQuery={() =>
          openTab({
            title: shape.name,
            serverId: tab.serverId,
            database: tab.database,
            sql: querySql(shape, content),
          })
        }
      />
      {parts.bar}
      {parts.other}
      <div className={styles.rows} {...panelOf(DATA)} hidden={parts.other !== null}>
        <FilterBar
          shape={shape}
          content={content}
          total={view.total}
          onChange={onContent}
          onCount={() => void rows.count()}
          onAdd={mayAdd ? () => add() : null}
          onRead={readAgain}
          from={view.from}
          onFrom={rows.canReadLast ? goTo : null}
          condition={content.draft !== null}
          onCondition={() =>
            content.draft === null ? onContent({ draft: closed.current }) : closeCondition()
          }
          onAsSql={filtersAsSql}
        >
          <ColumnsMenu columns={arranged} />
          <DownloadMenu tab={tab} shape={shape} content={content} columns={arranged} staged={staged.length} />
        </FilterBar>
        {content.draft !== null && (
          <ConditionBar
            strings={sessionView.strings}
            key={conditionKey}
            shape={shape}
            names={names}
            where={content.where}
            draft={content.draft}
            failure={view.failure}
            written={content.written && (content.written.sql === content.draft ? "as written" : "changed")}
            onFilters={filtersAgain}
            onDraft={(draft) => onContent({ draft })}
            onWhere={(where) => {
              if (where === content.where) readAgain();
              else onContent({ where, draft: where });
            }}
            onClose={closeCondition}
          />
        )}
        <ReadBanner
          place={place}
          view={view}
          isInCondition={errorIn(view.failure, content.where) !== null}
          session={session}
          sessionView={sessionView}
          attempt={staging.attempt}
          doubt={doubt}
          onForget={() => {
            stage([]);
            doubt.settle();
            readAgain();
          }}
          troubles={troubles.size}
          why={readOnly.why}
          onRead={readAgain}
          onApply={() => void apply()}
          find={<FindByName tabId={tab.id} content={content} rows={rows} />}
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
              arrange,
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
              if (viewed && at) setViewed(at);
            }}
            onSelectRows={setSelectedRows}
            onOpenCell={(at) => edit(at)}
            onType={(character) => current && edit(current, character)}
            onPaste={paste}
            onScroll={(row) => {
              firstInSight.current = row;
            }}
            onNearEnd={() => view.from === "first" && rows.more()}
            onNearStart={() => view.from === "last" && rows.more()}
            onCopy={(block) => {
              const copied = copyText(display, columns, block, { format: "tsv", header: false, table: "" });
              return copied.kind === "copied" ? copied.text : null;
            }}
            toneOf={(row, column) => display.tone(row, column)}
            signOf={(row) => display.sign(row)}
            isLocked={(row, column) => display.lockAt(row, column) !== null}
            hintOf={(row, column) => display.hintAt(row, column)}
            isLink={(_, column) => columns[column]?.isReference === true}
            menu={(column, row) =>
              cellMenu({
                tab,
                shape,
                display,
                content,
                at: row === null ? null : { row, column },
                column,
                arranged,
                actions: {
                  ...commands,
                  edit: (at) => edit(at),
                  onContent,
                  view: setViewed,
                  download: (at) => downloadWhole(tab, rows, display, at),
                  hide: () => arrange((now) => hideColumn(now, item(now.columns, column))),
                  move: (by) => arrange((now) => moveColumn(now, column, column + by)),
                  freeze: (frozen) => arrange((now) => ({ ...now, frozen })),
                  fit: () => grid.current?.fit([column]),
                },
              })
            }
            keys={{
              Delete: remove,
              Backspace: remove,
              "Mod+D": fillDown,
              "Alt+Enter": () => current && setViewed(current),
              ...(viewed !== null && { Escape: () => setViewed(null) }),
            }}
          />
          {display.rowCount === 0 && view.state === "ready" && <p className={styles.empty}>No rows</p>}
          {trouble && current && !editing && (
            <CellTrouble words={trouble.words} at={current} grid={grid} frame={region} />
          )}
          {editing && edited && (
            <CellEditor
              key={`${editing.row}-${editing.column}-${editing.typed === null ? whole.kind : "typed"}`}
              column={item(display.columns, editing.column)}
              label={`${edited.name}, row ${editing.row + 1}`}
              value={whole.kind === "whole" ? { kind: "text", text: whole.text } : valueAt(display, editing)}
              typed={editing.typed}
              whole={whole}
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
                      stage(edits.set(editing.row, values));
                      setEditing(null);
                      grid.current?.focus();
                    }}
                  />
                )
              }
            />
          )}
          {viewed && viewed.row < display.rowCount && viewed.column < columns.length && (
            <ValueViewer
              tab={tab}
              rows={rows}
              display={display}
              columns={columns}
              place={viewed}
              onCopy={(text) => void copyToClipboard(text, "Copied the value")}
              onClose={() => {
                setViewed(null);
                grid.current?.focus();
              }}
            />
          )}
        </div>
        {staged.length > 0 && (
          <StagedDrawer
            staging={staging}
            statements={statements}
            moved={strayed}
            onCarry={carry}
            onDropColumns={drop}
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
      </div>
      {unlocking.dialog}
      <div className="visually-hidden" role="status" aria-live="polite">
        {staged.length > 0 ? plural(staged.length, "staged change") : ""}
        {view.state === "reading" ? "Reading rows" : `${plural(view.rowCount, "row")} read`}
      </div>
    </>
  );
}

/** A press on a head: upwards, downwards, not at all. With Shift beside the columns that sort already. */
function nextSort(sort: readonly RowSort[], column: string, adding: boolean): readonly RowSort[] {
  const before = sort.find((key) => key.column === column);
  const others = adding ? sort.filter((key) => key.column !== column) : [];
  if (before?.descending === true) return others;
  return adding && before
    ? sort.map((key) => (key === before ? { column, descending: true } : key))
    : [...others, { column, descending: before !== undefined }];
}

import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { TablePlace } from "~/api/tableData";
import type { TableShape } from "~/api/types";
import { type DataContent, type RowSort, type StagedChange } from "~/app/dataTab";
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
import { plural } from "~/ui/format";
import { cellMenu } from "./cellMenu";
import { CellTrouble } from "./CellTrouble";
import { ConditionBar, errorIn } from "./ConditionBar";
import styles from "./DataTab.module.css";
import { Display } from "./display";
import { EditedCell } from "./EditedCell";
import { FilterBar } from "./FilterBar";
import { FindByName } from "./GoneTable";
import { ReadBanner } from "./ReadBanner";
import { readOnlyWords } from "./readOnlyWords";
import { ColumnsMenu, DownloadMenu } from "./RowsMenus";
import { querySql } from "./rowsSql";
import { StagedDrawer } from "./StagedDrawer";
import { dropChange } from "./staged";
import { firstChanged } from "./tableCells";
import type { RowsEnd, TableRows } from "./tableRows";
import { TableHead } from "./TableHead";
import { useTableParts } from "./TableParts";
import { DATA } from "~/pages/object/pageTabs";
import { panelOf } from "~/ui/SubTabs";
import { useApplying } from "./useApplying";
import { useColumns } from "./useColumns";
import { useCondition } from "./useCondition";
import { useDataCommands } from "./useDataCommands";
import { useDoubt } from "./useDoubt";
import { useKeptSight } from "./useKeptSight";
import { useMovedColumns } from "./useMovedColumns";
import { useRowEdits } from "./useRowEdits";
import { ValueViewer } from "./ValueViewer";
import { downloadWhole } from "./wholeValue";
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
  const [selectedChange, setSelectedChange] = useState<string | null>(null);
  const [viewed, setViewed] = useState<CellPlace | null>(null);
  const condition = useCondition(shape, content, onContent);
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

  const tellSight = useKeptSight(grid, view.from, display.rowCount, current);
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

  const edits = useRowEdits({
    tab,
    shape,
    rows,
    display,
    staging,
    readOnly,
    grid,
    frame: region,
    current,
    selectedRows,
    onLook: setViewed,
  });
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
    add: edits.add,
    duplicate: edits.duplicate,
    remove: edits.remove,
    fillDown: edits.fillDown,
    setNull: () => edits.fill({ kind: "null" }),
    setDefault: () => edits.fill({ kind: "default" }),
    setEmpty: () => edits.fill({ kind: "text", text: "" }),
    readAgain,
    cancel: () => rows.cancel(),
    view: () => current && setViewed(current),
  };
  useDataCommands(tab.id, active && parts.other === null, staging, commands);

  const trouble =
    current && current.row < display.rowCount && current.column < columns.length
      ? display.troubleAt(current.row, current.column)
      : null;
  const { editing } = edits;

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
          onAdd={readOnly.add === null ? edits.add : null}
          onRead={readAgain}
          from={view.from}
          onFrom={rows.canReadLast ? goTo : null}
          condition={content.draft !== null}
          onCondition={condition.toggle}
          onAsSql={condition.fromFilters}
        >
          <ColumnsMenu columns={arranged} />
          <DownloadMenu tab={tab} shape={shape} content={content} columns={arranged} staged={staged.length} />
        </FilterBar>
        {content.draft !== null && (
          <ConditionBar
            strings={sessionView.strings}
            key={condition.key}
            shape={shape}
            names={names}
            where={content.where}
            draft={content.draft}
            failure={view.failure}
            written={content.written && (content.written.sql === content.draft ? "as written" : "changed")}
            onFilters={condition.toFilters}
            onDraft={(draft) => onContent({ draft })}
            onWhere={(where) => {
              if (where === content.where) readAgain();
              else onContent({ where, draft: where });
            }}
            onClose={condition.close}
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
        <div ref={region} className={styles.grid} data-region="data">
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
            onOpenCell={(at) => edits.edit(at)}
            onType={(character) => current && edits.edit(current, character)}
            onPaste={edits.paste}
            onScroll={tellSight}
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
                  edit: (at) => edits.edit(at),
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
              Delete: edits.remove,
              Backspace: edits.remove,
              "Mod+D": edits.fillDown,
              "Alt+Enter": () => current && setViewed(current),
              ...(viewed !== null && { Escape: () => setViewed(null) }),
            }}
          />
          {display.rowCount === 0 && view.state === "ready" && <p className={styles.empty}>No rows</p>}
          {trouble && current && !editing && (
            <CellTrouble words={trouble.words} at={current} grid={grid} frame={region} />
          )}
          {editing && editing.row < display.rowCount && editing.column < columns.length && (
            <EditedCell
              editing={editing}
              edits={edits}
              shape={shape}
              display={display}
              place={place}
              rows={rows}
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

import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import {
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Server } from "~/api/types";
import { useInteractions } from "~/app/connect";
import { COLUMNS_TYPE } from "~/editor/columnDrop";
import { quoteIdentifier } from "~/run/quote";
import { MenuArea } from "~/ui/Menu";
import { actionsOf, openNode, setOpen } from "./actions";
import { keepFilter, type List, load, loadMore, lookAgain, useCatalog } from "./catalog";
import { select, useExpansion } from "./expansion";
import { flatten, type NodeRow, type Row } from "./flatten";
import { labelOf, type Node } from "./nodes";
import { qualifiedName } from "./qualifiedName";
import { forgetRefusal, useRefusal } from "./refusal";
import { treeKey } from "./treeKeys";
import styles from "./Tree.module.css";
import { TreeRow } from "./TreeRow";

const ROW_HEIGHT = 28;

/** The tree: only the lines in sight exist as elements, and the keyboard works as ARIA's tree pattern says. */
export function Tree({ servers, filter }: { servers: readonly Server[]; filter: string }) {
  const lists = useCatalog((state) => state.lists);
  const { expanded, closedGroups, selected } = useExpansion();
  const interactions = useInteractions(({ byServer }) => byServer);
  const waiting = useMemo(() => new Set(Object.keys(interactions)), [interactions]);
  const rows = useMemo(
    () => flatten({ servers, lists, expanded, closedGroups, filter, waiting }),
    [servers, lists, expanded, closedGroups, filter, waiting],
  );
  const [menuFor, setMenuFor] = useState<NodeRow | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const baseId = useId();

  const found = rows.findIndex((row) => row.id === selected);
  const current = found === -1 ? 0 : found;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.id ?? index,
    estimateSize: (index) => (isTall(rows[index]) ? 160 : ROW_HEIGHT),
    overscan: 12,
    // The current line is always there, so that assistive technology can say it.
    rangeExtractor: (range) => [...new Set([current, ...defaultRangeExtractor(range)])].sort((a, b) => a - b),
  });
  const items = virtualizer.getVirtualItems();
  const inSight = items.map((item) => rows[item.index]).filter((row) => row !== undefined);
  useLoading(rows, inSight);
  useLookingAgain();

  // A filter shows its matches from the top; what the current line needs or lacks is brought into sight.
  useEffect(() => {
    virtualizer.scrollToOffset(0);
    keepFilter(filter.trim().toLowerCase());
  }, [virtualizer, filter]);
  const failed = isTall(rows[current + 1]) ? current + 1 : null;
  useEffect(() => {
    if (failed !== null) virtualizer.scrollToIndex(failed);
  }, [virtualizer, failed]);

  // Whoever has selected it, the current line is in sight.
  const selectedAt = useRef(current);
  useEffect(() => {
    selectedAt.current = current;
  }, [current]);
  useEffect(() => virtualizer.scrollToIndex(selectedAt.current), [virtualizer, selected]);
  useEffect(() => forgetRefusal, [selected]);
  const refusal = useRefusal(({ refusal }) => refusal);

  const go = (index: number) => {
    const row = rows[index];
    if (row) select(row.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      event.preventDefault();
      openMenuAt(document.getElementById(`${baseId}-${current}`));
      return;
    }
    if (treeKey(event, rows, current, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT), go)) {
      event.preventDefault();
    }
  };
  const onContextMenu = (event: MouseEvent) => {
    const row = rows[indexOf(event)];
    if (row?.kind !== "node") {
      event.preventDefault();
      return;
    }
    select(row.id);
    setMenuFor(row);
  };
  const onClick = (event: MouseEvent) => {
    const row = rows[indexOf(event)];
    if (!row) return;
    // A prompt goes by itself; the person stays at what waits for it.
    select(row.kind === "prompt" ? row.parent.id : row.id);
    const onTwisty = event.target instanceof Element && event.target.closest("[data-twisty]") !== null;
    if (row.kind === "node" && row.expanded !== null && (onTwisty || row.node.kind === "group")) {
      setOpen(row.node, !row.expanded);
    }
  };
  const onDragStart = (event: DragEvent) => {
    const row = rows[indexOf(event)];
    if (row?.kind !== "node") return;
    const name = qualifiedName(row.node);
    if (name === null) return;
    const columns = columnsOf(row.node, lists);
    if (columns !== null) event.dataTransfer.setData(COLUMNS_TYPE, columns);
    event.dataTransfer.setData("text/plain", name);
    // With Shift a browser asks for a move, and drops nothing where only copies are allowed.
    event.dataTransfer.effectAllowed = "copyMove";
  };
  const onDoubleClick = (event: MouseEvent) => {
    const row = rows[indexOf(event)];
    if (row?.kind !== "node" || (event.target instanceof Element && event.target.closest("[data-twisty]")))
      return;
    if (openNode(row.node)) return;
    if (row.expanded !== null && row.node.kind !== "group") setOpen(row.node, !row.expanded);
  };

  return (
    <>
      <MenuArea entries={menuFor ? actionsOf(menuFor.node) : []}>
        <div
          ref={scroller}
          className={styles.tree}
          role="tree"
          aria-label="Objects"
          tabIndex={0}
          data-region-focus
          aria-activedescendant={rows.length > 0 ? `${baseId}-${current}` : undefined}
          onKeyDown={onKeyDown}
          onClick={onClick}
          onDoubleClick={onDoubleClick}
          onContextMenu={onContextMenu}
          onDragStart={onDragStart}
        >
          {rows.length === 0 && <p className={styles.none}>Nothing that is open has this name.</p>}
          <div role="presentation" style={{ height: virtualizer.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <TreeRow
                  key={item.key}
                  ref={isTall(row) ? virtualizer.measureElement : undefined}
                  id={`${baseId}-${item.index}`}
                  index={item.index}
                  top={item.start}
                  row={row}
                  filter={filter}
                  selected={item.index === current}
                />
              );
            })}
          </div>
        </div>
      </MenuArea>
      <div className="visually-hidden" role="status">
        {refusal?.words}
      </div>
    </>
  );
}

/** The names of a table's columns, as far as the tree knows them: what is dropped with Shift. */
function columnsOf(node: Node, lists: Readonly<Record<string, List>>): string | null {
  const columns = (lists[node.id]?.items ?? []).filter(
    (item) => item.kind === "object" && item.object.number != null,
  );
  return columns.length === 0 ? null : columns.map((column) => quoteIdentifier(labelOf(column))).join(", ");
}

/** When the person comes back to the window, what is open may have changed. */
function useLookingAgain() {
  useEffect(() => {
    const look = () => void lookAgain(useExpansion.getState().expanded);
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, []);
}

/** Asks for what is shown as missing: children of open nodes, and the next page when the end of a list is in sight. */
function useLoading(rows: readonly Row[], inSight: readonly Row[]) {
  useEffect(() => {
    const { lists } = useCatalog.getState();
    for (const row of rows) {
      if (row.kind === "loading" && !(row.id.slice(0, row.id.lastIndexOf("#")) in lists))
        void load(row.parent, row.filter);
    }
  }, [rows]);
  useEffect(() => {
    for (const row of inSight) if (row.kind === "more") void loadMore(row.parent, row.filter);
  }, [inSight]);
}

/** Lines that are as high as what they say. */
function isTall(row: Row | undefined): boolean {
  return row?.kind === "failed" || row?.kind === "prompt";
}

function indexOf(event: MouseEvent): number {
  const line = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-index]") : null;
  return Number(line?.dataset.index ?? -1);
}

/** Opens the context menu where a row stands, as the mouse would. */
function openMenuAt(row: HTMLElement | null): void {
  if (!row) return;
  const { left, bottom } = row.getBoundingClientRect();
  const at = { bubbles: true, cancelable: true, clientX: left + 32, clientY: bottom - 4 };
  row.dispatchEvent(new window.MouseEvent("contextmenu", at));
}

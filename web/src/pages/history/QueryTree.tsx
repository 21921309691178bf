import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight, FileCode2, Folder, FolderOpen, Share2, Users } from "lucide-react";
import { type DragEvent, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";

import type { SavedQuery } from "~/api/types";
import { classes } from "~/ui/classes";
import { formatCount } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import styles from "./QueryTree.module.css";
import { parentOfFolder, SHARED, type TreeLine } from "./queryTree";

/** What is moved: a folder with all in it, or a query. */
export type Moved =
  { readonly kind: "folder"; readonly path: string } | { readonly kind: "query"; readonly query: SavedQuery };

interface QueryTreeProps {
  lines: readonly TreeLine[];
  chosen: string | null;
  /** The line whose name is being written. */
  renaming: string | null;
  /** What was cut, to be put into another folder. */
  cut: Moved | null;
  empty: ReactNode;
  onChoose: (line: TreeLine) => void;
  onOpen: (query: SavedQuery) => void;
  onFold: (key: string, open: boolean) => void;
  onRename: (line: TreeLine, name: string | null) => void;
  onStartRename: (line: TreeLine) => void;
  onCut: (moved: Moved | null) => void;
  onMove: (moved: Moved, folder: string) => void;
  onRemove: (line: TreeLine) => void;
}

const ROW = 28;
const PAGE = 10;

/** Saved queries in their folders. They move by drag, or by cutting and pasting with the keyboard. */
export function QueryTree(props: QueryTreeProps) {
  const { lines, chosen, renaming, cut, empty, onChoose, onOpen, onFold, onRename, onStartRename } = props;
  const { onCut, onMove, onRemove } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const dragged = useRef<Moved | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const at = lines.findIndex(({ key }) => key === chosen);
  useEffect(() => {
    if (at >= 0) virtualizer.scrollToIndex(at);
  }, [at, virtualizer]);
  const go = (index: number) => {
    const line = lines[Math.max(0, Math.min(lines.length - 1, index))];
    if (line) onChoose(line);
  };
  const drop = (moved: Moved | null, folder: string) => {
    setOver(null);
    dragged.current = null;
    if (moved) onMove(moved, folder);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const line = lines[at];
    if (!treeKey(event, line)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const treeKey = (event: KeyboardEvent, line: TreeLine | undefined): boolean => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey) {
      const moved = line && movedOf(line);
      if (key === "x" && moved) onCut(moved);
      else if (key === "v" && cut) onMove(cut, folderOfLine(line));
      else return false;
      return true;
    }
    if (event.altKey) {
      if (key.toLowerCase() !== "r" || !line || !movedOf(line)) return false;
      onStartRename(line);
      return true;
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE, Home: 0 }[key];
    if (to !== undefined) go(to);
    else if (key === "End") go(lines.length - 1);
    else if (key === "Escape" && cut) onCut(null);
    else if (!line) return false;
    else if (key === "Delete") onRemove(line);
    else if (line.kind === "folder" && foldingKeys(key, line.open)) onFold(line.key, !line.open);
    else if (key === "ArrowRight" && line.kind === "folder") go(at + 1);
    else if (key === "ArrowLeft") go(parentIndex(lines, at));
    else if (key === "Enter" && line.kind === "query") onOpen(line.query);
    else return false;
    return true;
  };
  const dragOf = (line: TreeLine) => ({
    draggable: movedOf(line) !== null && renaming === null,
    onDragStart: (event: DragEvent) => {
      dragged.current = movedOf(line);
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", line.kind === "folder" ? line.name : line.query.name);
    },
    onDragEnd: () => drop(null, ""),
    onDragOver: (event: DragEvent) => {
      event.stopPropagation();
      if (!dragged.current || !isOwnPlace(line)) return setOver(null);
      event.preventDefault();
      setOver(folderOfLine(line));
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      event.stopPropagation();
      drop(dragged.current, folderOfLine(line));
    },
  });

  return (
    <div
      ref={scroller}
      className={classes(styles.tree, over === "" && styles.target)}
      role="tree"
      aria-label="Saved queries"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? idOf(at) : undefined}
      onKeyDown={onKeyDown}
      onFocus={(event) => at < 0 && event.target === event.currentTarget && go(0)}
      onDragOver={(event) => {
        if (!dragged.current) return;
        event.preventDefault();
        setOver("");
      }}
      onDrop={(event) => {
        event.preventDefault();
        drop(dragged.current, "");
      }}
    >
      {lines.length === 0 && <div className={styles.empty}>{empty}</div>}
      <div className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          if (!line) return null;
          const inCut = cut !== null && sameMoved(cut, movedOf(line));
          const isTarget = line.kind === "folder" && line.owned && over === line.path;
          return (
            <div
              key={line.key}
              id={idOf(index)}
              role="treeitem"
              aria-level={line.depth + 1}
              aria-selected={line.key === chosen}
              aria-expanded={line.kind === "folder" ? line.open : undefined}
              className={classes(
                styles.row,
                line.key === chosen && styles.chosen,
                isTarget && styles.target,
                inCut && styles.cut,
              )}
              style={{
                transform: `translateY(${start}px)`,
                paddingLeft: `calc(10px + ${line.depth} * var(--indent))`,
              }}
              onClick={() => onChoose(line)}
              onDoubleClick={() =>
                line.kind === "query" ? onOpen(line.query) : onFold(line.key, !line.open)
              }
              {...dragOf(line)}
            >
              {line.kind === "folder" ? (
                <FolderLine line={line} onFold={onFold}>
                  {renaming === line.key && <Name name={line.name} onDone={(name) => onRename(line, name)} />}
                </FolderLine>
              ) : (
                <QueryLine query={line.query}>
                  {renaming === line.key && (
                    <Name name={line.query.name} onDone={(name) => onRename(line, name)} />
                  )}
                </QueryLine>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

type FolderOf = Extract<TreeLine, { kind: "folder" }>;

function FolderLine({
  line,
  onFold,
  children,
}: {
  line: FolderOf;
  onFold: QueryTreeProps["onFold"];
  children: ReactNode;
}) {
  const { key, name, open, count } = line;
  return (
    <>
      <span
        className={styles.twisty}
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
          onFold(key, !open);
        }}
      >
        <Icon of={open ? ChevronDown : ChevronRight} size={14} />
      </span>
      <Icon of={key === SHARED ? Users : open ? FolderOpen : Folder} />
      {children || <span className={styles.name}>{name}</span>}
      <span className={styles.end}>{formatCount(count)}</span>
    </>
  );
}

function QueryLine({ query, children }: { query: SavedQuery; children: ReactNode }) {
  const { name, owned, owner, audience } = query;
  return (
    <>
      <span className={styles.twisty} />
      <Icon of={FileCode2} />
      {children || (
        <span className={styles.name} title={name}>
          {name}
        </span>
      )}
      <span className={styles.end}>
        {owned && audience !== "private" && <Icon of={Share2} size={14} label="shared" />}
        {!owned && owner}
      </span>
    </>
  );
}

/** A name while it is written. Enter and leaving keep it, Esc does not. */
function Name({ name, onDone }: { name: string; onDone: (name: string | null) => void }) {
  return (
    <input
      className={styles.rename}
      aria-label="Name"
      defaultValue={name}
      autoFocus
      onFocus={(event) => event.currentTarget.select()}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        onDone(event.key === "Enter" ? event.currentTarget.value.trim() || null : null);
      }}
      onBlur={(event) => onDone(event.currentTarget.value.trim() || null)}
    />
  );
}

/** Whether a key opens a folder that is shut, or shuts one that is open. */
function foldingKeys(key: string, open: boolean): boolean {
  return key === "Enter" || key === " " || key === (open ? "ArrowLeft" : "ArrowRight");
}

function parentIndex(lines: readonly TreeLine[], at: number): number {
  const depth = lines[at]?.depth ?? 0;
  return Math.max(
    0,
    lines.findLastIndex((line, index) => index < at && line.depth < depth),
  );
}

const idOf = (index: number) => `saved-query-${index}`;

/** What moves with a line; null where it is not the person's own. */
export function movedOf(line: TreeLine): Moved | null {
  if (line.kind === "folder") return line.owned ? { kind: "folder", path: line.path } : null;
  return line.query.owned ? { kind: "query", query: line.query } : null;
}

function isOwnPlace(line: TreeLine): boolean {
  return line.kind === "folder" ? line.owned : line.query.owned;
}

/** The folder that a line is, or is in; the root where it is none of the person's own. */
export function folderOfLine(line: TreeLine | undefined): string {
  if (!line || !isOwnPlace(line)) return "";
  return line.kind === "folder" ? line.path : line.query.folder;
}

function sameMoved(one: Moved, other: Moved | null): boolean {
  if (one.kind === "folder") return other?.kind === "folder" && other.path === one.path;
  return other?.kind === "query" && other.query.id === one.query.id;
}

/** Where a line's own folder stands in. */
export function parentOfLine(line: TreeLine): string {
  return line.kind === "folder" ? parentOfFolder(line.path) : line.query.folder;
}

import type { KeyboardEvent } from "react";
import { browseRows, copyName, editRows, openNode, relationOfNode, setOpen } from "./actions";
import { retry } from "./catalog";
import type { Row } from "./flatten";
import { labelOf } from "./nodes";
import { refuseRows } from "./refusal";

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** What a key does in the tree, by ARIA's tree pattern. True when the key was one of the tree's. */
export function treeKey(
  event: Key,
  rows: readonly Row[],
  at: number,
  page: number,
  go: (index: number) => void,
): boolean {
  const row = rows[at];
  if (event.altKey) {
    const relation = event.key === "Enter" && row?.kind === "node" ? relationOfNode(row.node) : null;
    if (relation !== null && row?.kind === "node" && !refuseRows(row.node)) browseRows(relation);
    return relation !== null;
  }
  if (event.ctrlKey || event.metaKey) {
    if (event.key !== "c" || row?.kind !== "node") return false;
    void copyName(row.node);
    return true;
  }
  switch (event.key) {
    case "ArrowDown":
      go(step(rows, at, 1));
      return true;
    case "ArrowUp":
      go(step(rows, at, -1));
      return true;
    case "PageDown":
      go(step(rows, Math.min(rows.length, at + page) - 1, 1));
      return true;
    case "PageUp":
      go(step(rows, Math.max(-1, at - page) + 1, -1));
      return true;
    case "Home":
      go(step(rows, -1, 1));
      return true;
    case "End":
      go(step(rows, rows.length, -1));
      return true;
    case "ArrowRight":
      if (row?.kind !== "node" || row.expanded === null) return true;
      if (row.expanded) go(step(rows, at, 1));
      else setOpen(row.node, true);
      return true;
    case "ArrowLeft":
      if (row?.kind === "node" && row.expanded === true) setOpen(row.node, false);
      else go(parentOf(rows, at));
      return true;
    case "Enter":
      if (event.shiftKey && row?.kind === "node" && relationOfNode(row.node) !== null) {
        return refuseRows(row.node) || editRows(row.node);
      }
      return activate(row);
    case " ":
      if (row?.kind === "node" && row.expanded !== null) setOpen(row.node, !row.expanded);
      return true;
    default:
      return [...event.key].length === 1 && typeAhead(event.key, rows, at, go);
  }
}

function activate(row: Row | undefined): boolean {
  if (row?.kind === "failed") void retry(row.parent, row.filter);
  if (row?.kind !== "node") return row?.kind === "failed";
  if (!openNode(row.node) && row.expanded !== null) setOpen(row.node, !row.expanded);
  return true;
}

/** The next line that can be stood on; where there is none, the one we are on. */
function step(rows: readonly Row[], from: number, by: 1 | -1): number {
  for (let index = from + by; index >= 0 && index < rows.length; index += by) {
    const kind = rows[index]?.kind;
    if (kind === "node" || kind === "failed") return index;
  }
  return Math.min(Math.max(from, 0), rows.length - 1);
}

function parentOf(rows: readonly Row[], at: number): number {
  const level = rows[at]?.level ?? 1;
  for (let index = at - 1; index >= 0; index -= 1) if ((rows[index]?.level ?? 1) < level) return index;
  return at;
}

let typed = "";
let typedAt = 0;
const TYPED_TOGETHER_MS = 600;

/** Goes to the next name that begins with what was typed; the same letter again goes one further. */
function typeAhead(letter: string, rows: readonly Row[], at: number, go: (index: number) => void): boolean {
  const now = Date.now();
  typed = now - typedAt < TYPED_TOGETHER_MS ? typed + letter : letter;
  typedAt = now;
  const same = [...typed].every((other) => other === letter);
  const wanted = (same ? letter : typed).toLowerCase();
  const first = same ? at + 1 : at;
  for (let tried = 0; tried < rows.length; tried += 1) {
    const index = (first + tried) % rows.length;
    const row = rows[index];
    if (row?.kind === "node" && labelOf(row.node).toLowerCase().startsWith(wanted)) {
      go(index);
      return true;
    }
  }
  return true;
}

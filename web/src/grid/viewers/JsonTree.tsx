import { ChevronDown, ChevronRight, Search } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";

import { quoteIdentifier } from "~/run/quote";
import { Button } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatCount } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { Input } from "~/ui/Input";
import { jsonLines, MAX_LINES, pathSql, pathText, type JsonLine, type JsonNode } from "./jsonNodes";
import styles from "./viewers.module.css";

interface JsonTreeProps {
  readonly root: JsonNode;
  readonly column: string;
  readonly onCopy: (text: string) => void;
}

/** JSON as a tree: it folds, is searched, and every part has a path. */
export function JsonTree({ root, column, onCopy }: JsonTreeProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [sought, setSought] = useState("");
  const [current, setCurrent] = useState("$");
  const list = useRef<HTMLUListElement>(null);
  const lines = useMemo(() => jsonLines(root, closed, sought), [root, closed, sought]);
  const at = Math.max(
    0,
    lines.findIndex(({ id }) => id === current),
  );
  const line = lines[at];

  const go = (to: JsonLine | undefined) => {
    if (!to) return;
    setCurrent(to.id);
    list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(to.id)}"]`)?.focus();
  };
  const fold = ({ id, open }: JsonLine) => {
    const next = new Set(closed);
    if (open) next.add(id);
    else next.delete(id);
    setClosed(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!line) return;
    switch (event.key) {
      case "ArrowDown":
        go(lines[at + 1]);
        break;
      case "ArrowUp":
        go(lines[at - 1]);
        break;
      case "ArrowRight":
        if (line.branch && !line.open) fold(line);
        else go(lines[at + 1]);
        break;
      case "ArrowLeft":
        if (line.branch && line.open) fold(line);
        else go(lines.slice(0, at).findLast(({ depth }) => depth < line.depth));
        break;
      case "Home":
        go(lines[0]);
        break;
      case "End":
        go(lines.at(-1));
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <>
      <div className={styles.tools}>
        <Input
          size="sm"
          icon={Search}
          aria-label="Search in value"
          placeholder="Search"
          value={sought}
          onChange={({ target }) => setSought(target.value)}
        />
        <Button size="sm" disabled={!line} onClick={() => line && onCopy(pathText(line.path))}>
          Copy path
        </Button>
        <Button
          size="sm"
          disabled={!line}
          onClick={() => line && onCopy(pathSql(quoteIdentifier(column), line.path))}
        >
          Copy as SQL
        </Button>
      </div>
      <ul ref={list} className={styles.tree} role="tree" aria-label="JSON" onKeyDown={onKeyDown}>
        {lines.map((each) => (
          <li
            key={each.id}
            role="treeitem"
            data-id={each.id}
            data-depth={Math.min(each.depth, 12)}
            aria-level={each.depth + 1}
            aria-selected={each === line}
            {...(each.branch && { "aria-expanded": each.open })}
            tabIndex={each === line ? 0 : -1}
            className={classes(styles.line, each.matches && styles.match)}
            onClick={() => {
              setCurrent(each.id);
              if (each.branch) fold(each);
            }}
          >
            <span className={styles.fold}>
              {each.branch && <Icon of={each.open ? ChevronDown : ChevronRight} size={14} />}
            </span>
            {each.depth > 0 && <span className={styles.key}>{each.name}</span>}
            <span className={each.branch ? styles.count : styles.scalar}>{each.text}</span>
          </li>
        ))}
        {lines.length === 0 && <li className={styles.none}>Nothing found</li>}
        {lines.length >= MAX_LINES && (
          <li className={styles.none}>The first {formatCount(MAX_LINES)} lines. The text has all of them.</li>
        )}
      </ul>
    </>
  );
}

import { Copy, X } from "lucide-react";
import { useMemo, useState } from "react";

import type { Cell, RowStore } from "~/run/rowStore";
import { IconButton } from "~/ui/Button";
import { formatBytes, formatCount } from "~/ui/format";
import { Checkbox } from "~/ui/Input";
import styles from "./CellViewer.module.css";
import type { GridColumnView } from "./columns";
import { formatJson } from "./formatJson";
import type { CellPlace } from "./ResultGrid";

interface CellViewerProps {
  readonly rows: RowStore;
  readonly columns: readonly GridColumnView[];
  readonly place: CellPlace;
  readonly onCopy: (text: string) => void;
  readonly onClose: () => void;
}

/** One value, whole, beside the grid. It follows the current cell. */
export function CellViewer({ rows, columns, place, onCopy, onClose }: CellViewerProps) {
  const [formatted, setFormatted] = useState(true);
  const column = columns[place.column];
  const cell = useMemo(() => rows.cell(place.row, place.column), [rows, place]);
  if (!column) return null;
  const isJson = column.kind === "json";
  return (
    <aside className={styles.viewer} aria-label="Value">
      <header className={styles.head}>
        <h2 className={styles.title}>
          {column.name} <span className={styles.type}>{column.type}</span>
        </h2>
        {cell.kind !== "null" && (
          <IconButton icon={Copy} size="sm" label="Copy value" onClick={() => onCopy(cell.text)} />
        )}
        <IconButton icon={X} size="sm" label="Close value" keys="Esc" onClick={onClose} />
      </header>
      <p className={styles.facts}>
        Row {formatCount(place.row + 1)}
        {cell.kind === "cut" &&
          `, first ${formatBytes(cell.keptBytes)} of ${formatBytes(cell.fullBytes)}. A download has all of it.`}
      </p>
      {isJson && cell.kind !== "null" && (
        <p className={styles.facts}>
          <Checkbox
            label="Formatted"
            checked={formatted}
            onChange={(event) => setFormatted(event.target.checked)}
          />
        </p>
      )}
      <Value cell={cell} format={isJson && formatted} />
    </aside>
  );
}

const LINK = /^https?:\/\/\S+$/;

function Value({ cell, format }: { cell: Cell; format: boolean }) {
  if (cell.kind === "null") return <p className={styles.nothing}>NULL</p>;
  if (cell.text === "" && cell.kind === "text") return <p className={styles.nothing}>empty text</p>;
  return (
    <pre className={styles.value} tabIndex={0} aria-label="Text of the value">
      {LINK.test(cell.text) ? (
        <a href={cell.text} target="_blank" rel="noopener noreferrer">
          {cell.text}
        </a>
      ) : format ? (
        formatJson(cell.text)
      ) : (
        cell.text
      )}
    </pre>
  );
}

import { Copy, Search } from "lucide-react";
import { useState } from "react";
import { IconButton } from "~/ui/Button";
import { classes } from "~/ui/classes";
import { formatCount } from "~/ui/format";
import { Input } from "~/ui/Input";
import { copyToClipboard } from "../query/clipboard";
import { CellText, type Jump } from "./CellText";
import styles from "./ObjectTab.module.css";
import { type Row, type Rows, type sections, shortType, totalOf } from "./sections";

interface SectionTableProps {
  section: (typeof sections)[number];
  rows: Rows;
  /** Said behind the count, such as a size. */
  note?: string | undefined;
  jump: Jump;
}

/** A section of the page: its rows as a table. */
export function SectionTable({ section, rows, note, jump }: SectionTableProps) {
  const { title, columns, none } = section;
  const [finding, setFinding] = useState(false);
  const [wanted, setWanted] = useState("");
  const shown = wanted === "" ? rows : rows.filter((row) => matches(row, wanted.toLowerCase()));
  const total = section.tab === "dependencies" ? totalOf(rows) : rows.length;
  return (
    <section aria-label={title}>
      <div className={styles.sectionHead}>
        <h3>{title}</h3>
        <span className={styles.count}>
          {formatCount(total)}
          {note !== undefined && `, ${note}`}
        </span>
        {finding && (
          <div className={styles.find}>
            <Input
              type="search"
              size="sm"
              icon={Search}
              aria-label={`Find in ${title.toLowerCase()}`}
              autoFocus
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== "Escape") return;
                setWanted("");
                setFinding(false);
              }}
            />
          </div>
        )}
        <span className={styles.end}>
          {!finding && (
            <IconButton
              icon={Search}
              size="sm"
              label={`Find in ${title.toLowerCase()}`}
              onClick={() => setFinding(true)}
            />
          )}
          <IconButton
            icon={Copy}
            size="sm"
            label={`Copy ${title.toLowerCase()} as text`}
            onClick={() => void copyToClipboard(asText(section, shown), `Copied ${title.toLowerCase()}`)}
          />
        </span>
      </div>
      <table className={styles.table}>
        <colgroup>
          {columns.map(({ head, width }) => (
            <col key={head} style={width === undefined ? undefined : { width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map(({ head, numeric }) => (
              <th key={head} scope="col" className={numeric ? styles.numeric : undefined}>
                {head === "" ? <span className="visually-hidden">Note</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, index) => (
            <tr key={index}>
              {columns.map(({ head, numeric, mono, type }, at) => (
                <td key={head} className={classes(numeric && styles.numeric, mono && styles.mono)}>
                  <CellText cell={asShown(row[at], type)} jump={jump} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && none !== undefined && <p className={styles.none}>{none}</p>}
      {rows.length < total && (
        <p className={styles.none}>
          The first {formatCount(rows.length)} of {formatCount(total)} are shown.
        </p>
      )}
    </section>
  );
}

function asShown(cell: Row[number] | undefined, type = false): Row[number] {
  if (!type || cell?.text == null) return cell ?? {};
  return { ...cell, text: shortType(cell.text) };
}

function matches(row: Row, wanted: string): boolean {
  return row.some(({ text }) => text?.toLowerCase().includes(wanted));
}

/** As a spreadsheet takes it. */
function asText({ columns }: SectionTableProps["section"], rows: Rows): string {
  const lines = rows.map((row) => columns.map((_, at) => row[at]?.text ?? "").join("\t"));
  return [columns.map(({ head }) => head).join("\t"), ...lines].join("\n");
}

import { useEffect, useState } from "react";

import { fetchShape, type TablePlace } from "~/api/tableData";
import type { TableReference, TableShape } from "~/api/types";
import type { CellValue, CellValues } from "~/app/dataTab";
import { quoteIdentifier, quoteLiteral } from "~/run/quote";
import { Button } from "~/ui/Button";
import { Input } from "~/ui/Input";
import styles from "./ReferencePicker.module.css";
import { readableColumns, tableName } from "./rowsSql";
import type { TableRows } from "./tableRows";

interface ReferencePickerProps {
  readonly place: TablePlace;
  readonly reference: TableReference;
  readonly rows: TableRows;
  readonly onChoose: (values: CellValues) => void;
}

interface Choice {
  readonly key: readonly string[];
  readonly words: string;
}

const SHOWN_ROWS = 30;
const DELAY_MS = 250;
/** Columns that say what a row is. */
const SHOWN_COLUMNS = 3;

/** The foreign key that a column is part of, the narrowest first. */
export function referenceOf(shape: TableShape, column: string): TableReference | null {
  const all = shape.foreign_keys.filter(({ columns }) => columns.includes(column));
  return all.sort((a, b) => a.columns.length - b.columns.length)[0] ?? null;
}

/** Looks for rows of the other table by what they hold, and takes the key of one. */
export function ReferencePicker({ place, reference, rows, onChoose }: ReferencePickerProps) {
  const { serverId, database } = place;
  const [search, setSearch] = useState("");
  const [choices, setChoices] = useState<readonly Choice[] | null>(null);
  const [more, setMore] = useState(false);
  const [fault, setFault] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    const timer = setTimeout(
      () => {
        find({ serverId, database, oid: reference.oid }, reference, rows, search, null).then(
          (found) => {
            if (!current) return;
            setFault(null);
            setChoices(found);
            setMore(found.length === SHOWN_ROWS);
          },
          (thrown: unknown) => current && setFault(wordsOf(thrown)),
        );
      },
      search === "" ? 0 : DELAY_MS,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [serverId, database, reference, rows, search]);

  const showMore = async () => {
    const last = choices?.at(-1);
    if (!last) return;
    const place = { serverId, database, oid: reference.oid };
    try {
      const found = await find(place, reference, rows, search, last.key);
      setChoices((before) => [...(before ?? []), ...found]);
      setMore(found.length === SHOWN_ROWS);
    } catch (thrown) {
      setFault(wordsOf(thrown));
    }
  };
  const choose = ({ key }: Choice) =>
    onChoose(
      Object.fromEntries(
        reference.columns.map((column, at): [string, CellValue] => [
          column,
          { kind: "text", text: key[at] ?? "" },
        ]),
      ),
    );
  return (
    <div className={styles.picker} role="group" aria-label={`Rows of ${reference.table}`}>
      <Input
        size="sm"
        quiet
        aria-label={`Search in ${reference.table}`}
        placeholder={`Search in ${reference.table}`}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          event.stopPropagation();
          const first = choices?.[0];
          if (first) choose(first);
        }}
      />
      <div className={styles.list}>
        {fault !== null && <p role="alert">{fault}</p>}
        {choices?.length === 0 && <p>No row found</p>}
        {choices?.map((choice) => (
          <button key={choice.key.join("\u0000")} type="button" onClick={() => choose(choice)}>
            <b>{choice.key.join(", ")}</b> <span>{choice.words}</span>
          </button>
        ))}
        {more && (
          <Button size="sm" variant="ghost" onClick={() => void showMore()}>
            More rows
          </Button>
        )}
      </div>
    </div>
  );
}

const shapes = new Map<string, Promise<TableShape>>();

async function find(
  place: TablePlace,
  reference: TableReference,
  rows: TableRows,
  search: string,
  after: readonly string[] | null,
): Promise<Choice[]> {
  const name = JSON.stringify(place);
  const known = shapes.get(name) ?? fetchShape(place);
  shapes.set(name, known);
  known.catch(() => shapes.delete(name));
  const shape = await known;
  const told = readableColumns(shape)
    .filter(({ category, name }) => category === "S" && !reference.other_columns.includes(name))
    .slice(0, SHOWN_COLUMNS)
    .map((column) => column.name);
  const answer = await rows.ask(searchSql(reference, told, search, after));
  if (answer.kind === "failed") {
    const { failure } = answer;
    throw new Error(failure.kind === "database" ? failure.error.message : "The rows could not be read.");
  }
  const { rows: found } = answer.result;
  return Array.from({ length: found.rowCount }, (_, row) => {
    const texts = Array.from({ length: found.columnCount }, (_, column) => {
      const cell = found.cell(row, column, 200);
      return cell.kind === "null" ? "" : cell.text;
    });
    const count = reference.other_columns.length;
    return {
      key: texts.slice(0, count),
      words: texts
        .slice(count)
        .filter((text) => text !== "")
        .join(", "),
    };
  });
}

function searchSql(
  reference: TableReference,
  told: readonly string[],
  search: string,
  after: readonly string[] | null,
): string {
  const keys = reference.other_columns.map(quoteIdentifier);
  const words = told.map(quoteIdentifier);
  const pattern = quoteLiteral(`%${search.replace(/[\\%_]/g, "\\$&")}%`);
  const matches = [...keys.map((key) => `${key}::text`), ...words].map((name) => `${name} ilike ${pattern}`);
  const conditions = [
    ...(search === "" ? [] : [`(${matches.join("\n   or ")})`]),
    ...(after ? [`(${keys.join(", ")}) > (${after.map(quoteLiteral).join(", ")})`] : []),
  ];
  const where = conditions.length === 0 ? "" : `\nwhere ${conditions.join("\n  and ")}`;
  const from = tableName({ schema: reference.schema, name: reference.table });
  return `select ${[...keys, ...words].join(", ")}\nfrom ${from}${where}\norder by ${keys.join(", ")}\nlimit ${SHOWN_ROWS}`;
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

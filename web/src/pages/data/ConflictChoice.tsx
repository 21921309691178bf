import type { CellValue, KnownCells, StagedChange } from "~/app/dataTab";
import { Button } from "~/ui/Button";
import { textWords, valueWords } from "./changeWords";
import styles from "./ConflictChoice.module.css";

interface ConflictChoiceProps {
  readonly change: StagedChange;
  /** The columns of `row`. */
  readonly columns: readonly string[];
  /** The row as it is now; null when it is gone or too long to be shown. */
  readonly row: readonly (string | null)[] | null;
  readonly gone: boolean;
  /** What takes the place of the change; null: nothing. */
  readonly onReplace: (next: StagedChange | null) => void;
}

/** What to do about a row that somebody else has changed: theirs, mine, or cell by cell. */
export function ConflictChoice({ change, columns, row, gone, onReplace }: ConflictChoiceProps) {
  if (change.type === "insert") return null;
  const now = (column: string): string | null => row?.[columns.indexOf(column)] ?? null;
  const differing = Object.keys(change.old).filter(
    (column) => row !== null && now(column) !== change.old[column],
  );
  const mine = () => onReplace({ ...change, old: agreed(change.old, differing, now) });
  const drop = () => onReplace(null);
  if (gone) {
    return (
      <div className={styles.choice} role="group" aria-label="Conflict">
        <p>
          The row is not there any more: it was deleted, its key was changed, or a policy hides it from you.
        </p>
        <div className={styles.actions}>
          {change.type === "update" && (
            <Button size="sm" onClick={() => onReplace(asInsert(change))}>
              Add it as a new row
            </Button>
          )}
          <Button size="sm" onClick={drop}>
            Drop my change
          </Button>
        </div>
      </div>
    );
  }
  if (row === null) {
    return (
      <div className={styles.choice} role="group" aria-label="Conflict">
        <p>The row has changed, and it is too long to be shown here. Read the table again and look at it.</p>
        <div className={styles.actions}>
          <Button size="sm" onClick={drop}>
            Drop my change
          </Button>
        </div>
      </div>
    );
  }
  const updates = change.type === "update" ? change : null;
  return (
    <div className={styles.choice} role="group" aria-label="Conflict">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">You read</th>
            <th scope="col">Now</th>
            <th scope="col">{updates ? "Yours" : ""}</th>
            <th scope="col" aria-label="Choice" />
          </tr>
        </thead>
        <tbody>
          {differing.map((column) => (
            <tr key={column}>
              <th scope="row">{column}</th>
              <td>{textWords(change.old[column] ?? null)}</td>
              <td className={styles.now}>{textWords(now(column))}</td>
              <td className={styles.mine}>
                {updates?.values[column] ? valueWords(updates.values[column]) : ""}
              </td>
              <td className={styles.actions}>
                {updates && (
                  <>
                    <Button
                      size="sm"
                      aria-label={`Keep mine in ${column}`}
                      onClick={() => onReplace({ ...updates, old: agreed(updates.old, [column], now) })}
                    >
                      Mine
                    </Button>
                    <Button
                      size="sm"
                      aria-label={`Take theirs in ${column}`}
                      onClick={() => onReplace(withoutColumn(updates, column))}
                    >
                      Theirs
                    </Button>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className={styles.actions}>
        <Button size="sm" onClick={mine}>
          {updates ? "Keep all mine" : "Delete it all the same"}
        </Button>
        <Button size="sm" onClick={drop}>
          {updates ? "Take all theirs" : "Keep the row"}
        </Button>
      </div>
    </div>
  );
}

type Update = Extract<StagedChange, { type: "update" }>;

/** What was read, as if it had been read now. */
function agreed(
  old: KnownCells,
  columns: readonly string[],
  now: (column: string) => string | null,
): KnownCells {
  return { ...old, ...Object.fromEntries(columns.map((column) => [column, now(column)])) };
}

function withoutColumn(change: Update, column: string): StagedChange | null {
  const values = Object.fromEntries(Object.entries(change.values).filter(([name]) => name !== column));
  const old = Object.fromEntries(Object.entries(change.old).filter(([name]) => name !== column));
  return Object.keys(values).length === 0 ? null : { ...change, values, old };
}

/** The row as this change would have left it, as far as that is known here. */
function asInsert(change: Update): StagedChange {
  const texts = (cells: KnownCells) =>
    Object.fromEntries(
      Object.entries(cells).map(([column, text]): [string, CellValue] => [
        column,
        text === null ? { kind: "null" } : { kind: "text", text },
      ]),
    );
  return { id: change.id, type: "insert", values: { ...texts(change.key), ...change.values } };
}

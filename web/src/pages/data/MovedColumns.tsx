import { TriangleAlert } from "lucide-react";

import { Button } from "~/ui/Button";
import { plural } from "~/ui/format";
import { Icon } from "~/ui/Icon";
import { valueWords } from "./changeWords";
import type { MovedColumn } from "./movedColumns";
import styles from "./StagedDrawer.module.css";

interface MovedColumnsProps {
  readonly moved: readonly MovedColumn[];
  /** Says the same of the columns under their present names. */
  readonly onCarry: (moved: readonly MovedColumn[]) => void;
  readonly onDrop: (moved: readonly MovedColumn[]) => void;
}

/** What to do about changes of columns that were renamed or dropped after they were staged. */
export function MovedColumns({ moved, onCarry, onDrop }: MovedColumnsProps) {
  const renamed = moved.filter(({ to }) => to !== null);
  if (moved.length === 0) return null;
  return (
    <div className={styles.moved} role="group" aria-label="Columns that are not what they were">
      <ul>
        {moved.map((column) => (
          <li key={column.from}>
            <Icon of={TriangleAlert} size={14} />
            <span>
              <MovedWords column={column} />
            </span>
            {column.to !== null && (
              <Button
                size="sm"
                aria-label={`Carry over to ${column.to} what is staged for ${column.from}`}
                onClick={() => onCarry([column])}
              >
                Carry over to {column.to}
              </Button>
            )}
            <Button
              size="sm"
              variant="ghost"
              aria-label={`Drop what is staged for ${column.from}`}
              onClick={() => onDrop([column])}
            >
              Drop
            </Button>
          </li>
        ))}
      </ul>
      {renamed.length > 1 && (
        <Button size="sm" onClick={() => onCarry(renamed)}>
          Carry all {renamed.length} over
        </Button>
      )}
    </div>
  );
}

function MovedWords({ column: { from, to, changes, values } }: { column: MovedColumn }) {
  const [value] = values;
  const what =
    value !== undefined && values.length === 1
      ? `${valueWords(value)} is staged for it.`
      : `${plural(changes, "staged change")} ${changes === 1 ? "names" : "name"} it.`;
  return (
    <>
      Column <b>{from}</b> {to === null ? "is not in the table any more." : <RenamedTo name={to} />} {what}
    </>
  );
}

function RenamedTo({ name }: { name: string }) {
  return (
    <>
      is called <b>{name}</b> now.
    </>
  );
}

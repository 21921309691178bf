import { useMemo, useState } from "react";

import type { GridColumnView } from "~/grid/columns";
import type { RowStore } from "~/run/rowStore";
import { formatCount, plural } from "~/ui/format";
import { Checkbox, Select } from "~/ui/Input";
import { Segmented } from "~/ui/Segmented";
import { Chart } from "./Chart";
import styles from "./ChartView.module.css";
import { chartData, likelyChoice, MAX_POINTS, numberColumns, type ChartChoice } from "./series";

interface ChartViewProps {
  readonly rows: RowStore;
  readonly rowCount: number;
  readonly columns: readonly GridColumnView[];
  readonly isPartial: boolean;
}

const choices = new WeakMap<RowStore, ChartChoice>();
/** So many colours there are. */
const MAX_SERIES = 4;

/** A chart of a result's rows. The rows themselves are its table, one button away. */
export function ChartView({ rows, rowCount, columns, isPartial }: ChartViewProps) {
  const [choice, setChoice] = useState(() => choices.get(rows) ?? likelyChoice(columns, rows));
  const numbers = numberColumns(columns);
  const choose = (change: Partial<ChartChoice>) => {
    const next = { ...choice, ...change };
    choices.set(rows, next);
    setChoice(next);
  };
  const data = useMemo(() => chartData(rows, rowCount, columns, choice), [rows, rowCount, columns, choice]);
  const names = choice.y.map((column) => columns[column]?.name ?? "");
  const xName = choice.x === null ? "row" : (columns[choice.x]?.name ?? "");

  return (
    <div className={styles.view}>
      <div className={styles.bar} role="group" aria-label="Chart">
        <Segmented
          label="Kind of chart"
          value={choice.kind}
          choices={KINDS}
          onChange={(kind) => choose({ kind })}
        />
        <label className={styles.field}>
          Across
          <Select
            size="sm"
            value={choice.x ?? ""}
            onChange={({ target }) => choose({ x: target.value === "" ? null : Number(target.value) })}
          >
            <option value="">Row number</option>
            {columns.map(({ name }, column) => (
              <option key={column} value={column}>
                {name}
              </option>
            ))}
          </Select>
        </label>
        <span className={styles.field} role="group" aria-label="Upwards">
          Up
          {numbers.map((column) => (
            <Checkbox
              key={column}
              label={columns[column]?.name ?? ""}
              checked={choice.y.includes(column)}
              disabled={!choice.y.includes(column) && choice.y.length >= MAX_SERIES}
              onChange={({ target }) =>
                choose({
                  y: target.checked
                    ? [...choice.y, column].sort((a, b) => a - b)
                    : choice.y.filter((other) => other !== column),
                })
              }
            />
          ))}
        </span>
        <span className={styles.words}>{words(rowCount, data.left, isPartial)}</span>
      </div>
      {choice.y.length === 0 ? (
        <p className={styles.nothing}>
          {numbers.length === 0
            ? "A chart needs a column of numbers, and this result has none."
            : "Choose a column of numbers to draw."}
        </p>
      ) : (
        <Chart
          data={data}
          kind={choice.kind}
          xName={xName}
          names={names}
          label={`${choice.kind} chart of ${names.join(", ")} by ${xName}, ${plural(data.x.length, "point")}. The rows are its table.`}
        />
      )}
    </div>
  );
}

const KINDS = [
  { value: "line", label: "Line" },
  { value: "bar", label: "Bar" },
  { value: "scatter", label: "Scatter" },
] as const;

function words(rowCount: number, left: number, isPartial: boolean): string {
  const drawn = formatCount(rowCount - left);
  if (rowCount > MAX_POINTS) return `The first ${drawn} of ${plural(rowCount, "row")}`;
  if (left > 0) return `${drawn} of ${plural(rowCount, "row")}; the others have no place on the axis`;
  return isPartial ? `The ${plural(rowCount, "row")} fetched so far` : "";
}

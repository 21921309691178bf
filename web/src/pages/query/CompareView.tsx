import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";

import { plainArrangement, type Arrangement } from "~/grid/arrangement";
import { arrangedCells } from "~/grid/cells";
import type { GridColumnView } from "~/grid/columns";
import { compareRows, differs, type Comparison, type Side } from "~/grid/compareRows";
import { copyText } from "~/grid/copyText";
import { ResultGrid, type GridHandle } from "~/grid/ResultGrid";
import type { Tone } from "~/grid/tone";
import type { ArrangedResult } from "~/grid/useArrangement";
import { IconButton } from "~/ui/Button";
import { plural } from "~/ui/format";
import { Checkbox } from "~/ui/Input";
import styles from "./CompareView.module.css";
import type { ShownResult } from "./keptResults";
import { useColumnViews } from "./useColumnViews";

interface CompareViewProps {
  left: ShownResult;
  right: ShownResult;
  onClose: () => void;
}

/** Two results row beside row: paired by key columns, with what differs marked. */
export function CompareView({ left, right, onClose }: CompareViewProps) {
  const leftColumns = useColumnViews(left.target, left.result.columns);
  const rightColumns = useColumnViews(right.target, right.result.columns);
  const shared = useMemo(() => sharedColumns(leftColumns, rightColumns), [leftColumns, rightColumns]);
  const leftOut = leftOutWords(leftColumns, rightColumns, shared);
  const [chosenKeys, setKeys] = useState<readonly number[] | null>(null);
  const [onlyDifferences, setOnlyDifferences] = useState(false);
  const keys = chosenKeys ?? likelyKeys(shared.columns);
  const sides = useMemo(
    (): [Side, Side] => [
      { rows: left.result.rows, columns: shared.left },
      { rows: right.result.rows, columns: shared.right },
    ],
    [left.result.rows, right.result.rows, shared],
  );
  const compared = useComparison(sides, keys, onlyDifferences, left.result.rowCount + right.result.rowCount);
  const [arrangement, setArrangement] = useState<Arrangement | null>(null);
  const grids = [useRef<GridHandle>(null), useRef<GridHandle>(null)] as const;
  const scrolledBy = useRef<number | null>(null);

  // A row is drawn more than once, and its values may be long.
  const tones = useMemo(() => (compared ? new Map<number, Tone | null>() : null), [compared]);
  const toneOf = (row: number, column: number): Tone | null => {
    const [one, other] = [compared?.left[row] ?? -1, compared?.right[row] ?? -1];
    if (one < 0) return "added";
    if (other < 0) return "removed";
    const place = row * shared.columns.length + column;
    const known = tones?.get(place);
    if (known !== undefined) return known;
    const tone = differs(sides[0], one, sides[1], other, column) ? "changed" : null;
    tones?.set(place, tone);
    return tone;
  };
  // The grid that is scrolled takes the other with it, but not back again.
  const follow = (side: 0 | 1, row: number) => {
    if (scrolledBy.current === row) return;
    scrolledBy.current = row;
    grids[side === 0 ? 1 : 0].current?.scrollToRow(row);
  };
  const gridOf = (side: 0 | 1, shown: ShownResult) => {
    const order = side === 0 ? compared?.left : compared?.right;
    if (!order) return null;
    const cells = arrangedCells(sides[side].rows, { rows: order, columns: sides[side].columns });
    const plain = plainArrangement(shared.columns.length);
    const result: ArrangedResult = {
      arrangement: { ...plain, widths: arrangement?.widths ?? plain.widths },
      arrange: (change) => setArrangement(change(arrangement ?? plain)),
      columns: shared.columns,
      cells,
      rowCount: order.length,
      busy: false,
    };
    return (
      <section className={styles.side} aria-label={shown.name}>
        <h3 className={styles.name}>{shown.name}</h3>
        <ResultGrid
          ref={grids[side]}
          label={`Compared rows of ${shown.name}`}
          memory={order}
          result={result}
          onSelect={nothing}
          onOpenCell={nothing}
          onCopy={(block) => {
            const copied = copyText(cells, shared.columns, block, PLAIN);
            return copied.kind === "copied" ? copied.text : null;
          }}
          onScroll={(row) => follow(side, row)}
          menu={noMenu}
          toneOf={toneOf}
        />
      </section>
    );
  };

  return (
    <div className={styles.compare}>
      <div className={styles.bar} role="group" aria-label="Comparison">
        <span className={styles.label}>Rows are paired by</span>
        {shared.columns.map((column, index) => (
          <Checkbox
            key={index}
            label={column.name}
            checked={keys.includes(index)}
            onChange={({ target }) =>
              setKeys(
                target.checked ? [...keys, index].sort((a, b) => a - b) : keys.filter((key) => key !== index),
              )
            }
          />
        ))}
        <span className={styles.separator} />
        <Checkbox
          label="Only differences"
          checked={onlyDifferences}
          onChange={({ target }) => setOnlyDifferences(target.checked)}
        />
        <span className={styles.words} role="status">
          {compared ? countWords(compared) : "Comparing"}
        </span>
        {leftOut !== "" && (
          <span className={styles.leftOut} title={leftOut}>
            {leftOut}
          </span>
        )}
        <IconButton icon={X} size="sm" label="Close comparison" onClick={onClose} />
      </div>
      {shared.columns.length === 0 ? (
        <p className={styles.nothing}>The two results have no column of the same name.</p>
      ) : (
        <div className={styles.sides}>
          {gridOf(0, left)}
          {gridOf(1, right)}
        </div>
      )}
    </div>
  );
}

const PLAIN = { format: "tsv", header: false, table: "result" } as const;
const nothing = () => undefined;
const noMenu = () => [];

function useComparison(
  sides: readonly [Side, Side],
  keys: readonly number[],
  onlyDifferences: boolean,
  rowCount: number,
): Comparison | null {
  const [compared, setCompared] = useState<{ of: string; comparison: Comparison } | null>(null);
  const wanted = `${keys.join()} ${onlyDifferences} ${rowCount}`;
  useEffect(() => {
    const giveUp = new AbortController();
    compareRows(sides[0], sides[1], keysOf(wanted), onlyDifferences, giveUp.signal).then(
      (comparison) => setCompared({ of: wanted, comparison }),
      () => undefined, // given up
    );
    return () => giveUp.abort();
  }, [sides, wanted, onlyDifferences]);
  return compared?.of === wanted ? compared.comparison : null;
}

function keysOf(wanted: string): number[] {
  const [keys = ""] = wanted.split(" ");
  return keys === "" ? [] : keys.split(",").map(Number);
}

interface Shared {
  readonly columns: readonly GridColumnView[];
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/** Columns of the same name, in the order of the left; the second of a name goes with the second. */
export function sharedColumns(left: readonly GridColumnView[], right: readonly GridColumnView[]): Shared {
  const free = right.map((column, index) => ({ column, index }));
  const pairs = left.flatMap((column, index) => {
    const at = free.findIndex((other) => other.column.name === column.name);
    if (at < 0) return [];
    const [partner] = free.splice(at, 1);
    return partner ? [{ column, left: index, right: partner.index }] : [];
  });
  return {
    columns: pairs.map(({ column }) => column),
    left: pairs.map((pair) => pair.left),
    right: pairs.map((pair) => pair.right),
  };
}

/** The primary key, or else the first column. */
function likelyKeys(columns: readonly GridColumnView[]): number[] {
  const keys = columns.flatMap(({ isKey }, index) => (isKey ? [index] : []));
  return keys.length > 0 ? keys : columns.length > 0 ? [0] : [];
}

/** Columns that one of the results alone has are not compared. */
function leftOutWords(
  left: readonly GridColumnView[],
  right: readonly GridColumnView[],
  shared: Shared,
): string {
  const alone = (columns: readonly GridColumnView[], taken: readonly number[], side: string) => {
    const names = columns.flatMap(({ name }, index) => (taken.includes(index) ? [] : [name]));
    return names.length === 0 ? [] : [`${names.join(", ")} only ${side}`];
  };
  const words = [...alone(left, shared.left, "left"), ...alone(right, shared.right, "right")].join("; ");
  return words === "" ? "" : `Not compared: ${words}`;
}

function countWords({ counts }: Comparison): string {
  const { same, changed, added, removed } = counts;
  if (changed + added + removed === 0) return `${plural(same, "row")}, no difference`;
  const parts = [
    `${plural(changed, "row")} changed`,
    `${added} only right`,
    `${removed} only left`,
    `${same} alike`,
  ];
  return parts.join(", ");
}

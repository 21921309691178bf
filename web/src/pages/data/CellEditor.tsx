import { type CSSProperties, type KeyboardEvent, type ReactNode, useRef, useState } from "react";

import type { TableColumn } from "~/api/types";
import type { CellValue } from "~/app/dataTab";
import { Button } from "~/ui/Button";
import { matches } from "~/ui/keys";
import { formatBytes } from "~/ui/format";
import { ArrayEditor } from "./ArrayEditor";
import { readArray, writeArray } from "./arrayText";
import styles from "./CellEditor.module.css";
import { formatJson } from "~/grid/viewers/formatJson";
import { editorKind, isEndless, jsonFault, pickerOf, pickerText, pickerValue } from "./cellKinds";
import { useOutside } from "./useOutside";
import type { WholeValue } from "./wholeValue";

/** Where the person goes when a cell is done. */
export type Then = "stay" | "right" | "left" | "down";

interface CellEditorProps {
  readonly column: TableColumn;
  readonly label: string;
  /** What the cell holds. */
  readonly value: CellValue;
  /** What was typed on the cell: it replaces the value. */
  readonly typed: string | null;
  /** Whether all of the value is here. What was cut is never saved. */
  readonly whole: WholeValue;
  /** Where it stands. */
  readonly place: CSSProperties;
  readonly onDone: (value: CellValue, then: Then) => void;
  readonly onCancel: () => void;
  /** Looks for rows of the table that the column refers to. */
  readonly picker: ReactNode;
}

/** Changes the value of a cell, over the cell. Enter keeps, Esc drops, and going elsewhere keeps. */
export function CellEditor(props: CellEditorProps) {
  const { column, label, value, typed, whole, place, onDone, onCancel } = props;
  const kind = editorKind(column);
  const isHere = whole.kind === "here" || whole.kind === "whole";
  const [text, setText] = useState(typed ?? (value.kind === "text" && isHere ? value.text : ""));
  const [asText, setAsText] = useState(false);
  const [touched, setTouched] = useState(typed !== null);
  const root = useRef<HTMLDivElement>(null);
  const change = (next: string) => {
    setText(next);
    setTouched(true);
  };
  const keep = (then: Then) => {
    if (!touched) return onCancel();
    onDone({ kind: "text", text }, then);
  };
  useOutside(root, () => keep("stay"));
  const set = (next: CellValue) => onDone(next, "stay");

  const onKeyDown = (event: KeyboardEvent) => {
    const native = event.nativeEvent;
    const choices: [string, () => void][] = [
      ["Alt+0", () => !column.not_null && set({ kind: "null" })],
      ["Alt+=", () => set({ kind: "default" })],
      ["Alt+'", () => set({ kind: "text", text: "" })],
      ["Mod+Enter", () => keep("down")],
      ["Escape", onCancel],
      ["Tab", () => keep("right")],
      ["Shift+Tab", () => keep("left")],
    ];
    const inList = event.target instanceof HTMLButtonElement;
    if (!inList) choices.push(["Enter", () => keep("down")]);
    event.stopPropagation();
    const found = choices.find(([keys]) => matches(native, keys));
    if (!found || (inList && found[0].endsWith("Tab"))) return;
    event.preventDefault();
    found[1]();
  };
  const labels = kind === "boolean" ? ["true", "false"] : column.labels;
  const elements = kind === "array" && typed === null ? readArray(text === "" ? "{}" : text) : null;
  const isList = elements !== null && !asText;
  const picked = pickerOf(column);
  const fault = kind === "json" && touched ? jsonFault(text) : null;

  return (
    <div
      ref={root}
      className={styles.editor}
      style={place}
      role="dialog"
      aria-label={label}
      onKeyDown={onKeyDown}
    >
      {whole.kind === "fetching" && (
        <p className={styles.note} role="status">
          Fetching all {formatBytes(whole.bytes)} of it
        </p>
      )}
      {whole.kind === "failed" && (
        <p className={styles.note} role="status">
          {whole.words} What you write replaces all {formatBytes(whole.bytes)} of it.
        </p>
      )}
      {kind === "choice" || kind === "boolean" ? (
        <Choices
          label={label}
          labels={labels ?? []}
          current={value.kind === "text" ? shownLabel(value.text, kind) : null}
          isNull={value.kind === "null"}
          onChoose={(text) => onDone({ kind: "text", text }, "stay")}
          onNull={column.not_null ? null : () => set({ kind: "null" })}
        />
      ) : isList ? (
        <ArrayEditor
          label={label}
          elements={elements}
          labels={column.element_labels ?? null}
          onChange={(next) => change(writeArray(next))}
        />
      ) : (
        <textarea
          className={styles.text}
          aria-label={label}
          aria-invalid={fault !== null}
          spellCheck={false}
          rows={rowsFor(text)}
          readOnly={whole.kind === "fetching"}
          autoFocus
          inputMode={kind === "number" ? "decimal" : "text"}
          onFocus={({ currentTarget: area }) =>
            area.setSelectionRange(...selectionOf(area.value.length, typed, whole))
          }
          value={text}
          onChange={(event) => change(event.target.value)}
        />
      )}
      {picked && (
        <input
          className={styles.picker}
          type={picked}
          step="1"
          aria-label={`Pick ${label}`}
          value={pickerValue(text, picked)}
          onChange={(event) => change(pickerText(event.target.value, text, picked))}
        />
      )}
      {kind === "bytea" && <Upload onFile={(hex) => onDone({ kind: "text", text: hex }, "stay")} />}
      {props.picker}
      {fault !== null && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
      <div className={styles.choices}>
        <Button
          size="sm"
          variant="ghost"
          keys="Alt+0"
          disabled={column.not_null}
          title={column.not_null ? `${column.name} takes no NULL` : "Set NULL"}
          onClick={() => set({ kind: "null" })}
        >
          NULL
        </Button>
        <Button size="sm" variant="ghost" keys="Alt+=" onClick={() => set({ kind: "default" })}>
          Default
        </Button>
        {kind === "text" && (
          <Button size="sm" variant="ghost" keys="Alt+'" onClick={() => set({ kind: "text", text: "" })}>
            Empty text
          </Button>
        )}
        {kind === "json" && (
          <Button
            size="sm"
            variant="ghost"
            disabled={fault !== null}
            onClick={() => change(formatJson(text))}
          >
            Format
          </Button>
        )}
        {(picked !== null || column.category === "D") && (
          <Button size="sm" variant="ghost" onClick={() => change("now")}>
            Now
          </Button>
        )}
        {isEndless(column) && (
          <Button
            size="sm"
            variant="ghost"
            title="Later than every other time; a second press: earlier"
            onClick={() => change(text === "infinity" ? "-infinity" : "infinity")}
          >
            Infinity
          </Button>
        )}
        {elements !== null && (
          <Button size="sm" variant="ghost" aria-pressed={asText} onClick={() => setAsText(!asText)}>
            {asText ? "As list" : "As text"}
          </Button>
        )}
        {isList && (
          <Button size="sm" variant="primary" keys="Mod+Enter" onClick={() => keep("down")}>
            Keep
          </Button>
        )}
      </div>
    </div>
  );
}

/** What is selected at first: all, so that typing replaces it, but not of a long value, of which little is in sight. */
function selectionOf(length: number, typed: string | null, whole: WholeValue): [number, number] {
  if (typed !== null) return [length, length];
  return whole.kind === "whole" ? [0, 0] : [0, length];
}

function rowsFor(text: string): number {
  return Math.min(12, Math.max(2, text.split("\n").length, Math.ceil(text.length / 40)));
}

function shownLabel(text: string, kind: "boolean" | "choice"): string {
  return kind === "boolean" ? (text === "t" ? "true" : text === "f" ? "false" : text) : text;
}

interface ChoicesProps {
  readonly label: string;
  readonly labels: readonly string[];
  readonly current: string | null;
  readonly isNull: boolean;
  readonly onChoose: (label: string) => void;
  /** Null where NULL is no choice. */
  readonly onNull: (() => void) | null;
}

/** One of a few values. The arrows go through them, a letter goes to the next that begins with it. */
function Choices({ label, labels, current, isNull, onChoose, onNull }: ChoicesProps) {
  const list = useRef<HTMLDivElement>(null);
  const go = (from: number, step: number) => {
    const buttons = list.current?.querySelectorAll<HTMLElement>("button");
    const count = buttons?.length ?? 0;
    buttons?.[(from + step + count) % count]?.focus();
  };
  return (
    <div ref={list} className={styles.list} role="group" aria-label={label}>
      {labels.map((choice, at) => (
        <button
          key={choice}
          type="button"
          className={styles.choice}
          aria-pressed={choice === current}
          autoFocus={choice === current || (at === 0 && !isNull && !labels.includes(current ?? ""))}
          onClick={() => onChoose(choice)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") go(at, 1);
            else if (event.key === "ArrowUp") go(at, -1);
            else return;
            event.preventDefault();
          }}
        >
          {choice}
        </button>
      ))}
      {onNull && (
        <button
          type="button"
          className={styles.choice}
          aria-pressed={isNull}
          autoFocus={isNull}
          onClick={onNull}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") go(labels.length, 1);
            else if (event.key === "ArrowUp") go(labels.length, -1);
            else return;
            event.preventDefault();
          }}
        >
          <i>NULL</i>
        </button>
      )}
    </div>
  );
}

/** Bytes from a file. A request takes about twice as many, since they are written as digits. */
const MOST_BYTES = 20 << 20;

function Upload({ onFile }: { onFile: (hex: string) => void }) {
  const [fault, setFault] = useState<string | null>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) {
      return setFault(
        `${file.name} has ${formatBytes(file.size)}. At most ${formatBytes(MOST_BYTES)} can be set here.`,
      );
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    onFile(`\\x${digits.join("")}`);
  };
  return (
    <label className={styles.upload}>
      From a file
      <input type="file" onChange={(event) => void take(event.target.files?.[0])} />
      {fault !== null && <span role="alert">{fault}</span>}
    </label>
  );
}

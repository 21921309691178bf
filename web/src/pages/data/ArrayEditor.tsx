import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { type KeyboardEvent, useRef } from "react";

import { Button, IconButton } from "~/ui/Button";
import { Input, Select } from "~/ui/Input";
import { matches } from "~/ui/keys";
import styles from "./ArrayEditor.module.css";
import type { Element } from "./arrayText";

interface ArrayEditorProps {
  readonly label: string;
  readonly elements: readonly Element[];
  /** The values that an element can have, where these are few. */
  readonly labels: readonly string[] | null;
  readonly onChange: (elements: readonly Element[]) => void;
}

/**
 * The elements of an array, one a line. Enter goes to the next or adds one, Alt with an arrow moves an element, Alt+0 makes
 * it NULL.
 */
export function ArrayEditor({ label, elements, labels, onChange }: ArrayEditorProps) {
  const list = useRef<HTMLOListElement>(null);
  const focus = (at: number) =>
    requestAnimationFrame(() =>
      list.current?.querySelectorAll<HTMLElement>("input, select")[Math.max(at, 0)]?.focus(),
    );
  const put = (at: number, element: Element) => onChange(elements.with(at, element));
  const add = (at: number) => {
    onChange(elements.toSpliced(at, 0, labels?.[0] ?? ""));
    focus(at);
  };
  const remove = (at: number) => {
    onChange(elements.toSpliced(at, 1));
    focus(Math.min(at, elements.length - 2));
  };
  const move = (at: number, by: -1 | 1) => {
    const to = at + by;
    if (to < 0 || to >= elements.length) return;
    onChange(elements.with(at, elements[to] ?? null).with(to, elements[at] ?? null));
    focus(to);
  };
  const onKeyDown = (event: KeyboardEvent, at: number) => {
    const choices: readonly [string, () => void][] = [
      ["Enter", () => (at === elements.length - 1 ? add(at + 1) : focus(at + 1))],
      ["Alt+ArrowUp", () => move(at, -1)],
      ["Alt+ArrowDown", () => move(at, 1)],
      ["Alt+Delete", () => remove(at)],
      ["Alt+0", () => put(at, elements[at] === null ? "" : null)],
    ];
    const found = choices.find(([keys]) => matches(event.nativeEvent, keys));
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    found[1]();
  };
  return (
    <div className={styles.array} role="group" aria-label={`Elements of ${label}`}>
      <ol ref={list} className={styles.list}>
        {elements.map((element, at) => (
          // An element has no name but its place.
          <li key={at} onKeyDown={(event) => onKeyDown(event, at)}>
            <span className={styles.place}>{at + 1}</span>
            {labels ? (
              <Select
                size="sm"
                mono
                quiet
                aria-label={`Element ${at + 1}`}
                autoFocus={at === 0}
                value={element ?? "\u0000"}
                onChange={({ target }) => put(at, target.value === "\u0000" ? null : target.value)}
              >
                <option value={"\u0000"}>NULL</option>
                {labels.map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
              </Select>
            ) : (
              <Input
                size="sm"
                mono
                quiet
                aria-label={`Element ${at + 1}`}
                autoFocus={at === 0}
                placeholder={element === null ? "NULL" : "empty text"}
                value={element ?? ""}
                onChange={({ target }) => put(at, target.value)}
              />
            )}
            <Button
              size="sm"
              variant="ghost"
              aria-pressed={element === null}
              title="NULL or a value"
              onClick={() => put(at, element === null ? (labels?.[0] ?? "") : null)}
            >
              NULL
            </Button>
            <IconButton
              icon={ArrowUp}
              size="sm"
              label={`Move element ${at + 1} up`}
              onClick={() => move(at, -1)}
            />
            <IconButton
              icon={ArrowDown}
              size="sm"
              label={`Move element ${at + 1} down`}
              onClick={() => move(at, 1)}
            />
            <IconButton icon={X} size="sm" label={`Remove element ${at + 1}`} onClick={() => remove(at)} />
          </li>
        ))}
      </ol>
      <Button
        icon={Plus}
        size="sm"
        variant="ghost"
        autoFocus={elements.length === 0}
        onClick={() => add(elements.length)}
      >
        Add element
      </Button>
    </div>
  );
}

import { Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { classes } from "~/ui/classes";
import { Icon } from "~/ui/Icon";
import { Kbd } from "~/ui/Kbd";
import { useReturnFocus } from "~/ui/useReturnFocus";
import { allEntries, find, type Found, sections } from "./entries";
import { useNamesFound } from "./names";
import { type How, howOf, keyOf, useChoice } from "./choice";
import { closePalette, usePalette } from "./paletteState";
import styles from "./Palette.module.css";

/** Everything that can be done or gone to, by name. */
export function Palette() {
  const { open, initial } = usePalette();
  return open && <OpenPalette initial={initial} />;
}

function OpenPalette({ initial }: { initial: string }) {
  const returnFocus = useReturnFocus();
  const chosen = useRef<(() => void) | null>(null);
  const choose = (entry: Found, how: How) => {
    if (entry.stays) {
      entry.open();
      return;
    }
    chosen.current =
      (how === "beside" ? entry.openBeside : how === "select" ? entry.select : undefined) ?? entry.open;
    closePalette();
  };
  // What was chosen comes after the focus has gone back, so that what opens can take it.
  const onCloseAutoFocus = (event: Event) => {
    returnFocus(event);
    chosen.current?.();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && closePalette()}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.scrim} />
        <Dialog.Content
          className={styles.palette}
          aria-describedby={undefined}
          onCloseAutoFocus={onCloseAutoFocus}
        >
          <Dialog.Title className="visually-hidden">Go to object or command</Dialog.Title>
          <Finder key={initial} initial={initial} onChoose={choose} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Stands behind a prefix that is there already. */
function atEnd(input: HTMLInputElement | null): void {
  input?.setSelectionRange(input.value.length, input.value.length);
}

interface FinderProps {
  initial: string;
  onChoose: (entry: Found, how: How) => void;
}

function Finder({ initial, onChoose }: FinderProps) {
  const [query, setQuery] = useState(initial);
  const [entries] = useState(allEntries);
  const names = useNamesFound(query);
  const found = useMemo(() => {
    const others = names.alone ? [] : find(entries, query);
    return bySection([...others, ...names.found]);
  }, [entries, query, names]);
  const { at, setAt, choose, restart } = useChoice(found, names.settled, onChoose);
  const listId = useId();
  const current = found[at];

  const onKeyDown = (event: KeyboardEvent) => {
    const last = found.length - 1;
    switch (event.key) {
      case "ArrowDown":
        setAt(at >= last ? 0 : at + 1);
        break;
      case "ArrowUp":
        setAt(at <= 0 ? last : at - 1);
        break;
      case "PageDown":
        setAt(Math.min(last, at + 8));
        break;
      case "PageUp":
        setAt(Math.max(0, at - 8));
        break;
      case "Enter":
        choose(howOf(event));
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <>
      <div className={styles.query}>
        <Icon of={Search} />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={current ? `${listId}-${at}` : undefined}
          aria-label="Go to object or command"
          placeholder="Go to object or command"
          autoComplete="off"
          spellCheck={false}
          ref={atEnd}
          autoFocus
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            restart();
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <Results id={listId} found={found} where={names.where} at={at} onPoint={setAt} onChoose={onChoose} />
      <p className={styles.none} role="status">
        {names.problem ??
          (found.length === 0 &&
            !names.waiting &&
            (names.where === null
              ? "Nothing has this name. Open a database to search what is in it."
              : `Nothing has this name in ${names.where}.`))}
      </p>
      <div className={styles.foot} aria-hidden="true">
        <span>
          <Kbd keys="Enter" /> open
        </span>
        <span>
          <Kbd keys="Mod+Enter" /> beside
        </span>
        <span>
          <Kbd keys="Alt+Enter" /> rows
        </span>
        <span className={styles.end}>
          <Kbd keys=">" /> commands
        </span>
        <span>
          <Kbd keys="@" /> columns
        </span>
        <span>
          <Kbd keys=":" /> kinds
        </span>
      </div>
    </>
  );
}

function bySection(found: readonly Found[]): Found[] {
  return sections.flatMap((section) => found.filter((entry) => entry.section === section));
}

interface ResultsProps {
  id: string;
  found: readonly Found[];
  at: number;
  onPoint: (index: number) => void;
  onChoose: (entry: Found, how: How) => void;
  /** The database whose objects are among the matches. */
  where: string | null;
}

function Results({ id, found, where, at, onPoint, onChoose }: ResultsProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, found]);
  return (
    <div ref={list} id={id} className={styles.list} role="listbox" aria-label="Matches">
      {found.map((entry, index) => (
        <div key={keyOf(entry)} role="presentation">
          {entry.section !== found[index - 1]?.section && (
            <div className={styles.caption} role="presentation">
              {entry.section === "Objects" && where !== null ? `Objects in ${where}` : entry.section}
            </div>
          )}
          <div
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className={classes(styles.item, index === at && styles.current)}
            onPointerMove={() => index !== at && onPoint(index)}
            onClick={(event) => onChoose(entry, howOf(event))}
          >
            <Icon of={entry.icon} />
            <Title text={entry.title} at={entry.at} />
            <span className={styles.path}>{entry.path}</span>
            <span className={styles.note}>{entry.note}</span>
            {entry.keys !== undefined && <Kbd keys={entry.keys} />}
          </div>
        </div>
      ))}
    </div>
  );
}

/** The title with the letters that were asked for in bold. */
function Title({ text, at }: { text: string; at: readonly number[] }) {
  return (
    <span className={styles.title}>
      {runsOf(text, new Set(at)).map(({ from, to, hit }) => {
        const part = text.slice(from, to);
        return hit ? <b key={from}>{part}</b> : part;
      })}
    </span>
  );
}

function runsOf(text: string, hits: ReadonlySet<number>): { from: number; to: number; hit: boolean }[] {
  const runs: { from: number; to: number; hit: boolean }[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const hit = hits.has(index);
    const last = runs.at(-1);
    if (last?.hit === hit) last.to = index + 1;
    else runs.push({ from: index, to: index + 1, hit });
  }
  return runs;
}

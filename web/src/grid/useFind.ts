import { useEffect, useRef, useState } from "react";

import type { CellSource } from "./cells";
import { findInCells, matchFrom, type Matches } from "./find";
import type { CellPlace } from "./ResultGrid";

/** A search in the rows that are shown. */
export interface Find {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly matches: Matches | null;
  readonly searching: boolean;
  /** Which of the matches the person is at, from 0. */
  readonly at: number;
  /** Goes to the match so many further on, round and round. */
  readonly step: (by: number) => void;
  readonly isMatch: (row: number, column: number) => boolean;
}

/** `show` is called with each match that is gone to; the first is as soon as it is found. */
export function useFind(
  cells: CellSource,
  rowCount: number,
  columnCount: number,
  current: CellPlace | null,
  show: (place: CellPlace) => void,
): Find {
  const [text, setText] = useState("");
  const [found, setFound] = useState<{ of: string; matches: Matches; done: boolean } | null>(null);
  const [at, setAt] = useState(0);

  const latest = useRef({ current, show });
  useEffect(() => {
    latest.current = { current, show };
  });
  const shownFor = useRef("");

  useEffect(() => {
    if (text === "") shownFor.current = "";
    if (text === "") return;
    const showFirst = (matches: Matches) => {
      if (matches.count === 0 || shownFor.current === text) return;
      shownFor.current = text;
      const { current: from, show: goTo } = latest.current;
      const first = matchFrom(matches, from?.row ?? 0, from?.column ?? 0);
      setAt(first);
      goTo(placeAt(matches, first));
    };
    const giveUp = new AbortController();
    const told = (matches: Matches) => {
      setFound({ of: text, matches, done: false });
      showFirst(matches);
    };
    findInCells(cells, columnCount, text, giveUp.signal, told).then(
      (matches) => {
        setFound({ of: text, matches, done: true });
        showFirst(matches);
      },
      () => undefined, // given up
    );
    return () => giveUp.abort();
  }, [text, cells, rowCount, columnCount]);

  const matches = text !== "" && found?.of === text ? found.matches : null;
  const go = (index: number) => {
    if (!matches || matches.count === 0) return;
    const next = (index + matches.count) % matches.count;
    setAt(next);
    show(placeAt(matches, next));
  };
  const isCurrent = (index: number) =>
    current !== null &&
    matches?.places[index * 2] === current.row &&
    matches.places[index * 2 + 1] === current.column;
  const step = (by: number) => {
    if (!matches) return;
    // From where the person is now, which may be elsewhere than at the last match.
    if (isCurrent(at)) return go(at + by);
    const next = matchFrom(matches, current?.row ?? 0, current?.column ?? 0);
    go(by > 0 ? next : next - 1);
  };
  return {
    text,
    setText,
    matches,
    searching: text !== "" && !(found?.of === text && found.done),
    at,
    step,
    isMatch: (row, column) => {
      if (!matches || matches.count === 0) return false;
      const index = matchFrom(matches, row, column);
      return matches.places[index * 2] === row && matches.places[index * 2 + 1] === column;
    },
  };
}

function placeAt({ places }: Matches, index: number): CellPlace {
  return { row: places[index * 2] ?? 0, column: places[index * 2 + 1] ?? 0 };
}

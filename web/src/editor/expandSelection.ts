import { EditorSelection, type EditorState, type SelectionRange, StateField } from "@codemirror/state";
import type { Command } from "@codemirror/view";

import { splitStatements, statementAt } from "./statements";
import { nextToken } from "./sqlLexer";
import { strings, type Strings } from "./strings";

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The selections that were made wider, so that they get narrower the same way. */
const steps = StateField.define<readonly EditorSelection[]>({
  create: () => [],
  update: (before, transaction) => {
    if (transaction.isUserEvent("select.wider")) return [...before, transaction.startState.selection];
    if (transaction.isUserEvent("select.narrower")) return before.slice(0, -1);
    return transaction.docChanged || transaction.selection ? [] : before;
  },
});

export const selectionSteps = steps;

/** Selects the word, then what is in the string or the parentheses around it, then these, the statement, and all. */
export const selectWider: Command = (view) => {
  const { state } = view;
  const ranges = state.selection.ranges.map((range) => wider(state, range));
  const selection = EditorSelection.create(ranges, state.selection.mainIndex);
  if (selection.eq(state.selection)) return false;
  view.dispatch(state.update({ selection, userEvent: "select.wider" }));
  return true;
};

/** Takes the last `selectWider` back. */
export const selectNarrower: Command = (view) => {
  const { state } = view;
  const selection = state.field(steps).at(-1);
  if (!selection) return false;
  view.dispatch(state.update({ selection, userEvent: "select.narrower" }));
  return true;
};

function wider(state: EditorState, range: SelectionRange): SelectionRange {
  const word = state.wordAt(range.head);
  const text = state.doc.toString();
  const reading = state.facet(strings);
  const statement = statementAt(text, splitStatements(text, reading), range.from);
  const around = statement ? enclosing(text, statement, range, reading) : [];
  const candidates: readonly (Span | null)[] = [word, ...around, statement, { from: 0, to: text.length }];
  const found = candidates.find((span) => span !== null && isWider(span, range));
  return found ? EditorSelection.range(found.from, found.to) : range;
}

function isWider({ from, to }: Span, range: SelectionRange): boolean {
  return from <= range.from && to >= range.to && to - from > range.to - range.from;
}

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]" };

/** What is in the strings and brackets around a range and these themselves, the innermost first. */
function enclosing(text: string, statement: Span, { from, to }: SelectionRange, reading: Strings): Span[] {
  const open: { at: number; closing: string }[] = [];
  const found: Span[] = [];
  for (let at = statement.from; at < statement.to;) {
    const token = nextToken(text, at, reading);
    if (!token || token.from >= statement.to) break;
    at = token.next ?? token.to;
    const inside = token.from <= from && token.to >= to;
    if (token.kind === "quoted" && inside) {
      found.push({ from: token.from + 1, to: token.to - 1 }, token);
    } else if (token.kind === "word" && inside) found.push(token);
    if (token.kind !== "symbol") continue;
    const symbol = text.slice(token.from, token.to);
    const closing = CLOSING[symbol];
    if (closing !== undefined) open.push({ at: token.from, closing });
    else if (open.at(-1)?.closing === symbol) {
      const { at: begin } = open.pop() ?? { at: token.from };
      if (begin <= from && token.to >= to)
        found.push({ from: begin + 1, to: token.from }, { from: begin, to: token.to });
    }
  }
  return found.sort((one, other) => one.to - one.from - (other.to - other.from));
}

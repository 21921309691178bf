import { type ChangeSet, type EditorState, type Extension, RangeSet, StateField } from "@codemirror/state";
import { Decoration, EditorView, gutter, GutterMarker, gutterLineClass, lineNumbers } from "@codemirror/view";

import { strings } from "./strings";
import { type Edit, respanned, splitStatements, statementAt, type StatementSpan } from "./statements";

const statements = StateField.define<readonly StatementSpan[]>({
  create: (state) => splitStatements(state.doc.toString(), state.facet(strings)),
  update: (spans, transaction) => {
    const reading = transaction.state.facet(strings);
    const text = transaction.newDoc;
    if (reading !== transaction.startState.facet(strings)) return splitStatements(text.toString(), reading);
    if (!transaction.docChanged) return spans;
    return respanned(text.toString(), spans, editOf(transaction.changes), reading);
  },
});

/** All changes as one edit, from the first to the last. */
function editOf(changes: ChangeSet): Edit {
  let [from, to] = [Infinity, 0];
  changes.iterChangedRanges((_fromOld, _toOld, fromNew, toNew) => {
    from = Math.min(from, fromNew);
    to = Math.max(to, toNew);
  });
  return { from, to, moved: changes.newLength - changes.length };
}

/** All statements of the text. */
export function spansOf(state: EditorState): readonly StatementSpan[] {
  return state.field(statements);
}

/** The statement that would run. */
export function currentStatement(state: EditorState): StatementSpan | null {
  return statementAt(state.doc.toString(), state.field(statements), state.selection.main.head);
}

interface LineSpan {
  readonly first: number;
  readonly last: number;
}

/** The lines of the current statement; none while a selection says what runs. */
const currentLines = StateField.define<LineSpan | null>({
  create: linesOfCurrent,
  update: (lines, transaction) =>
    transaction.docChanged ||
    transaction.selection ||
    transaction.state.field(statements) !== transaction.startState.field(statements)
      ? linesOfCurrent(transaction.state)
      : lines,
  provide: (field) => EditorView.decorations.from(field, (lines) => (view) => lineDecorations(view, lines)),
});

function linesOfCurrent(state: EditorState): LineSpan | null {
  if (!state.selection.main.empty) return null;
  const span = currentStatement(state);
  return span && { first: state.doc.lineAt(span.from).number, last: state.doc.lineAt(span.to).number };
}

const marked = Decoration.line({ class: "cm-statement" });

/** Only lines in sight are decorated: a statement may be as long as the script. */
function lineDecorations(view: EditorView, lines: LineSpan | null) {
  return Decoration.set(linesInSight(view, lines).map((from) => marked.range(from)));
}

function linesInSight(view: EditorView, lines: LineSpan | null): number[] {
  if (!lines) return [];
  const { doc } = view.state;
  const first = Math.max(lines.first, doc.lineAt(view.viewport.from).number);
  const last = Math.min(lines.last, doc.lineAt(view.viewport.to).number);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => doc.line(first + index).from);
}

class StatementMarker extends GutterMarker {
  override elementClass = "cm-statement";
}
const marker = new StatementMarker();
const NO_MARKERS: RangeSet<GutterMarker> = RangeSet.of([]);

const gutterClasses = gutterLineClass.compute([currentLines], (state) => {
  const lines = state.field(currentLines);
  if (!lines) return NO_MARKERS;
  const count = lines.last - lines.first + 1;
  return RangeSet.of(
    Array.from({ length: count }, (_, index) => marker.range(state.doc.line(lines.first + index).from)),
  );
});

/** Line numbers, and beside them the bar of the current statement. */
export function statementMarks(): Extension {
  return [
    statements,
    currentLines,
    gutterClasses,
    lineNumbers(),
    gutter({ class: "cm-statementBar", renderEmptyElements: true }),
  ];
}

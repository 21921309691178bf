import {
  ChangeSet,
  type EditorState,
  type Extension,
  RangeSet,
  StateEffect,
  StateField,
} from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, gutterLineClass, GutterMarker } from "@codemirror/view";

import { type EditorError, ErrorWidget } from "./errorWidget";
import { nextToken } from "./sqlLexer";
import { strings, type Strings } from "./strings";
import { suggestedName } from "./suggestedName";

interface Shown {
  readonly error: EditorError;
  /** What is underlined, in the document as it is now. */
  readonly from: number;
  readonly to: number;
}

interface ErrorState {
  /** All edits since the run began: errors are placed in the text that ran. */
  readonly edits: ChangeSet;
  readonly shown: Shown | null;
}

/** A run begins: the error of the last one goes, and edits are followed from here on. */
export const runBegan = StateEffect.define();
/** PostgreSQL refused something; `position` is a place in the text that ran. */
export const errorCame = StateEffect.define<EditorError>();

const errors = StateField.define<ErrorState>({
  create: (state) => ({ edits: ChangeSet.empty(state.doc.length), shown: null }),
  update: (before, transaction) => {
    let { edits, shown } = before;
    if (transaction.docChanged) {
      edits = edits.compose(transaction.changes);
      shown = shown && moved(shown, transaction.changes);
    }
    for (const effect of transaction.effects) {
      if (effect.is(runBegan)) {
        edits = ChangeSet.empty(transaction.newDoc.length);
        shown = null;
      } else if (effect.is(errorCame)) {
        shown = placed(effect.value, edits, transaction.newDoc.toString(), transaction.state.facet(strings));
      }
    }
    return edits === before.edits && shown === before.shown ? before : { edits, shown };
  },
  provide: (field) =>
    EditorView.decorations.compute([field], (state) => decorations(state, state.field(field).shown)),
});

class ErrorMarker extends GutterMarker {
  override elementClass = "cm-errorLine";
}
const marker = new ErrorMarker();
const NO_MARKERS: RangeSet<GutterMarker> = RangeSet.of([]);

const gutterClass = gutterLineClass.compute([errors], (state) => {
  const { shown } = state.field(errors);
  return shown ? RangeSet.of(marker.range(state.doc.lineAt(shown.from).from)) : NO_MARKERS;
});

/** Underlines what an error is about, and says under its line what PostgreSQL said. */
export function errorLens(): Extension {
  return [errors, gutterClass];
}

/** Puts the cursor to the error. */
export function goToError(view: EditorView): boolean {
  const { shown } = view.state.field(errors);
  if (!shown) return false;
  view.dispatch({
    selection: { anchor: shown.from },
    effects: EditorView.scrollIntoView(shown.from, { y: "center" }),
  });
  view.focus();
  return true;
}

/** Writes the name that PostgreSQL's hint suggests in place of the underlined one. */
export function applySuggestion(view: EditorView): boolean {
  const { shown } = view.state.field(errors);
  const name = shown && suggestedName(shown.error.hint);
  if (!shown || name === null) return false;
  view.dispatch({
    changes: { from: shown.from, to: shown.to, insert: name },
    selection: { anchor: shown.from + name.length },
    userEvent: "input.complete",
  });
  view.focus();
  return true;
}

function placed(error: EditorError, edits: ChangeSet, text: string, reading: Strings): Shown | null {
  if (error.position > edits.length) return null;
  const from = Math.min(edits.mapPos(error.position), text.length);
  return { error, from, to: endOfName(text, from, reading) };
}

/** The underlined text moves along; once it is gone, so is the error. */
function moved(shown: Shown, changes: ChangeSet): Shown | null {
  const from = changes.mapPos(shown.from, 1);
  const to = changes.mapPos(shown.to, -1);
  return to > from ? { ...shown, from, to } : null;
}

/** PostgreSQL points at the first part of `a.b`; the name is all of it. At the end of the text, the last character. */
function endOfName(text: string, from: number, reading: Strings): number {
  const token = nextToken(text, from, reading);
  if (!token) return from;
  let end = token.to;
  while (text.charAt(end) === ".") {
    const part = nextToken(text, end + 1, reading);
    if (part?.from !== end + 1 || part.kind === "symbol") break;
    end = part.to;
  }
  return end;
}

const underlined = Decoration.mark({ class: "cm-errorMark" });
const errorLine = Decoration.line({ class: "cm-errorLine" });

function decorations(state: EditorState, shown: Shown | null): DecorationSet {
  if (!shown) return Decoration.none;
  const line = state.doc.lineAt(shown.from);
  const end = Math.min(shown.to, line.to);
  const widget = new ErrorWidget(shown.error, shown.from - line.from, applySuggestion);
  return Decoration.set([
    errorLine.range(line.from),
    ...(end > shown.from ? [underlined.range(shown.from, end)] : []),
    Decoration.widget({ widget, block: true, side: 1 }).range(line.to),
  ]);
}

import {
  closeBrackets,
  closeBracketsKeymap,
  closeCompletion,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, codeFolding, foldGutter } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension, Facet, Prec } from "@codemirror/state";
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightSpecialChars,
  keymap,
  rectangularSelection,
  tooltips,
} from "@codemirror/view";

import { columnDrop } from "./columnDrop";
import { searchCount } from "./searchCount";
import { completion, type NameSource } from "./completion";
import { selectionSteps } from "./expandSelection";
import { applySuggestion, errorLens, goToError } from "./errorLens";
import { styleNonce } from "./nonce";
import { relationHints } from "./relationHints";
import { sqlLanguage } from "./sqlLanguage";
import { statementMarks } from "./statementMarks";
import { theme } from "./theme";
import { type Tuning, tuned } from "./tuning";
import { typeOver } from "./typeOver";

export type RunScope = "statement" | "selection" | "all";

/** What an editor tells its page. */
export interface EditorEvents {
  readonly run: (scope: RunScope) => void;
  readonly changed: (view: EditorView, textChanged: boolean) => void;
  /** What knows the names of the database that the text is for; null while none is chosen. */
  readonly names: () => NameSource | null;
  /** A relation was followed, by Ctrl and a press. */
  readonly openRelation: (schema: string, name: string) => void;
}

/** Looked up when something happens, since an editor's state outlives the component that made it. */
export const events = Facet.define<() => EditorEvents | null, () => EditorEvents | null>({
  combine: ([first]) => first ?? (() => null),
});

function run(view: EditorView, scope: RunScope): boolean {
  closeCompletion(view);
  view.state.facet(events)()?.run(scope);
  return true;
}

const runKeys = Prec.highest(
  keymap.of([
    {
      key: "Mod-Enter",
      run: (view) => run(view, view.state.selection.main.empty ? "statement" : "selection"),
      shift: (view) => run(view, "all"),
    },
    // As VS Code's extensions for databases have it.
    {
      key: "Mod-Shift-e",
      run: (view) => run(view, view.state.selection.main.empty ? "statement" : "selection"),
    },
    { key: "Alt-Enter", run: applySuggestion },
  ]),
);

/** A keymap may have another use for it. */
const errorKeys = keymap.of([{ key: "Alt-j", run: goToError }]);

function foldMarker(open: boolean): HTMLElement {
  const marker = document.createElement("span");
  marker.className = open ? "cm-foldOpen" : "cm-foldClosed";
  marker.title = open ? "Fold" : "Unfold";
  return marker;
}

/** Where suggestions and hints hang: outside of the dock, which would cut them off, and in a landmark of their own. */
export function hintPlace(): HTMLElement {
  const known = document.querySelector<HTMLElement>("[data-editor-hints]");
  if (known) return known;
  const place = document.createElement("div");
  place.dataset.editorHints = "";
  place.role = "region";
  place.ariaLabel = "Editor hints";
  return document.body.appendChild(place);
}

/** All that makes the SQL editor. Esc and then Tab leaves it by keyboard. */
export function editorExtensions(label: string, tuning: Tuning): Extension {
  return [
    runKeys,
    tuned(tuning),
    Prec.high(errorKeys),
    statementMarks(),
    errorLens(),
    typeOver,
    highlightSpecialChars(),
    history(),
    selectionSteps,
    drawSelection(),
    dropCursor(),
    columnDrop,
    EditorState.allowMultipleSelections.of(true),
    // Ctrl and a press follow a relation; Alt and a press put another cursor, and with Shift a rectangle is drawn.
    EditorView.clickAddsSelectionRange.of((event) => event.altKey && !event.shiftKey),
    rectangularSelection({ eventFilter: (event) => event.altKey && event.shiftKey && event.button === 0 }),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    search({ top: true }),
    searchCount(),
    codeFolding({ placeholderText: "…" }),
    foldGutter({ markerDOM: foldMarker }),
    tooltips({ parent: hintPlace() }),
    completion((state) => state.facet(events)()?.names() ?? null),
    relationHints((state) => state.facet(events)() ?? null),
    sqlLanguage(),
    theme,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.cspNonce.of(styleNonce()),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged && !update.selectionSet) return;
      update.state.facet(events)()?.changed(update.view, update.docChanged);
    }),
  ];
}

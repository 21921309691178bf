import { closeCompletion } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";

import type { NameSource } from "./completion";
import { EDITOR_COMMANDS } from "./editorCommands";
import { errorCame, goToError, runBegan } from "./errorLens";
import type { EditorError } from "./errorWidget";
import { editorExtensions, events, type EditorEvents, type RunScope } from "./extensions";
import { keepEditor, keptEditor, offerInsertion } from "./keptEditors";
import styles from "./SqlEditor.module.css";
import { readAs } from "./sqlLanguage";
import { strings as stringsOf, type Strings } from "./strings";
import { retuned, type Tuning } from "./tuning";

/** A place in the text as people count: from 1. */
export interface CursorPlace {
  readonly line: number;
  readonly column: number;
  /** Characters that are selected. */
  readonly selected: number;
}

/** What would run. */
export interface RunText {
  readonly sql: string;
  /** Only the statement at this offset of `sql`. */
  readonly cursor: number | null;
  /** Where `sql` begins in `document`. */
  readonly offset: number;
  readonly document: string;
}

export interface Formattable {
  readonly text: string;
  readonly strings: Strings;
  readonly replace: (text: string) => boolean;
}

export interface SqlEditorHandle {
  focus(): void;
  hasSelection(): boolean;
  /** The text of a run that begins now: errors told later are placed in it, however it is edited meanwhile. */
  beginRun(scope: RunScope): RunText;
  /** The selection or else the whole text, and what puts another in its place; false when it has changed since. */
  formattable(): Formattable;
  /** Takes over a text that was changed elsewhere; undo brings the one before back. */
  replaceText(text: string): void;
  showError(error: EditorError): void;
  goToError(): boolean;
  /** Does one of `EDITOR_COMMANDS`. */
  execute(id: string): void;
}

interface SqlEditorProps {
  /** Under this name the text, its history and the cursor are kept while the editor is out of sight. */
  readonly id: string;
  readonly label: string;
  readonly initialText: string;
  readonly initialCursor: number;
  readonly onRun: (scope: RunScope) => void;
  readonly onText: (text: string) => void;
  readonly onCursor: (offset: number, place: CursorPlace) => void;
  /** Null while there is no database whose names could be completed. */
  readonly names: NameSource | null;
  readonly tuning: Tuning;
  /** How the session reads strings. */
  readonly strings: Strings;
  readonly onOpenRelation: (schema: string, name: string) => void;
  readonly ref: Ref<SqlEditorHandle>;
}

/** The SQL editor. What it holds it holds itself; React is told of changes and never drives it. */
export function SqlEditor(props: SqlEditorProps) {
  const { id, tuning, strings, ref } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    if (!host.current) return;
    const listeners: EditorEvents = {
      run: (scope) => latest.current.onRun(scope),
      names: () => latest.current.names,
      openRelation: (schema, name) => latest.current.onOpenRelation(schema, name),
      changed: (changed, textChanged) => {
        if (textChanged) latest.current.onText(changed.state.doc.toString());
        latest.current.onCursor(changed.state.selection.main.head, placeOf(changed.state));
      },
    };
    listenersOf.set(id, listeners);
    const kept = keptEditor(id);
    const made = new EditorView({
      state: kept?.state ?? freshState(props),
      parent: host.current,
      ...(kept && { scrollTo: kept.scroll }),
    });
    view.current = made;
    // What was kept may have been tuned otherwise then.
    if (kept) made.dispatch({ effects: [retuned(latest.current.tuning), readAs(latest.current.strings)] });
    const withdraw = offerInsertion(id, (text) => {
      made.dispatch(made.state.replaceSelection(text), { scrollIntoView: true, userEvent: "input.paste" });
    });
    latest.current.onCursor(made.state.selection.main.head, placeOf(made.state));
    return () => {
      withdraw();
      keepEditor(id, { state: made.state, scroll: made.scrollSnapshot() });
      listenersOf.delete(id);
      view.current = null;
      made.destroy();
    };
    // What is initial is looked at once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id]);

  useEffect(() => {
    view.current?.dispatch({ effects: retuned(tuning) });
  }, [tuning]);

  useEffect(() => {
    view.current?.dispatch({ effects: readAs(strings) });
  }, [strings]);

  useImperativeHandle(ref, () => handleOf(() => view.current), []);
  return <div ref={host} className={styles.editor} />;
}

const listenersOf = new Map<string, EditorEvents>();

function freshState({ id, label, initialText, initialCursor, tuning }: SqlEditorProps): EditorState {
  return EditorState.create({
    doc: initialText,
    selection: { anchor: Math.min(initialCursor, initialText.length) },
    extensions: [events.of(() => listenersOf.get(id) ?? null), editorExtensions(label, tuning)],
  });
}

function placeOf(state: EditorState): CursorPlace {
  const { main, ranges } = state.selection;
  const line = state.doc.lineAt(main.head);
  const selected = ranges.reduce((count, { from, to }) => count + to - from, 0);
  return { line: line.number, column: main.head - line.from + 1, selected };
}

function handleOf(current: () => EditorView | null): SqlEditorHandle {
  return {
    focus: () => current()?.focus(),
    hasSelection: () => !(current()?.state.selection.main.empty ?? true),
    beginRun: (scope) => {
      const view = current();
      if (!view) return { sql: "", cursor: null, offset: 0, document: "" };
      view.dispatch({ effects: runBegan.of(null) });
      // What is offered would stand over what comes of it.
      closeCompletion(view);
      return runText(view.state, scope);
    },
    formattable: () => formattable(current()),
    replaceText: (text) => {
      const view = current();
      if (!view || view.state.doc.toString() === text) return;
      const anchor = Math.min(view.state.selection.main.head, text.length);
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor } });
    },
    showError: (error) => current()?.dispatch({ effects: errorCame.of(error) }),
    goToError: () => {
      const view = current();
      return view !== null && goToError(view);
    },
    execute: (id) => {
      const view = current();
      if (!view) return;
      view.focus();
      EDITOR_COMMANDS.find((command) => command.id === id)?.run(view);
    },
  };
}

function formattable(view: EditorView | null): Formattable {
  if (!view) return { text: "", strings: "standard", replace: () => false };
  const { doc, selection } = view.state;
  const { from, to, empty } = selection.main;
  const range = empty ? { from: 0, to: doc.length } : { from, to };
  return {
    text: doc.sliceString(range.from, range.to),
    strings: view.state.facet(stringsOf),
    replace: (text) => {
      if (!view.state.doc.eq(doc)) return false;
      const head = Math.min(selection.main.head, range.from + text.length);
      view.dispatch({
        changes: { ...range, insert: text },
        selection: empty ? { anchor: head } : { anchor: from, head: from + text.length },
        scrollIntoView: true,
        userEvent: "input.format",
      });
      return true;
    },
  };
}

export function runText(state: EditorState, scope: RunScope): RunText {
  const document = state.doc.toString();
  const { from, to, head } = state.selection.main;
  switch (scope) {
    case "statement":
      return { sql: document, cursor: head, offset: 0, document };
    case "selection":
      return { sql: document.slice(from, to), cursor: null, offset: from, document };
    case "all":
      return { sql: document, cursor: null, offset: 0, document };
  }
}

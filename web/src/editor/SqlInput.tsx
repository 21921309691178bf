import { closeBrackets, closeBracketsKeymap, closeCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightSpecialChars, keymap, tooltips } from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";

import type { Offers } from "~/completion/offer";
import { inputCompletion } from "./completion";
import { errorCame, errorLens, runBegan } from "./errorLens";
import type { EditorError } from "./errorWidget";
import { hintPlace } from "./extensions";
import { styleNonce } from "./nonce";
import { readAs, sqlLanguage } from "./sqlLanguage";
import type { Strings } from "./strings";
import styles from "./SqlInput.module.css";
import { theme } from "./theme";
import { typeOver } from "./typeOver";

export interface SqlInputHandle {
  focus(): void;
  /** As Enter does. */
  submit(): void;
}

interface SqlInputProps {
  readonly label: string;
  readonly initialText: string;
  readonly autoFocus: boolean;
  readonly onText: (text: string) => void;
  /** Enter was pressed. Shift and Enter begins a new line. */
  readonly onSubmit: (text: string) => void;
  /** What fits at a place of the text. */
  readonly offers: (text: string, position: number) => Promise<Offers | null>;
  /** How the session reads strings. */
  readonly strings: Strings;
  /** What PostgreSQL said of the text, at a place of it. */
  readonly error: EditorError | null;
  readonly ref?: Ref<SqlInputHandle>;
}

/** A piece of SQL on a line that grows, with completion. What it holds it holds itself. */
export function SqlInput(props: SqlInputProps) {
  const { strings, error, ref } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (!host.current) return;
    const { initialText, autoFocus, label } = latest.current;
    const made = new EditorView({
      state: EditorState.create({
        doc: initialText,
        selection: { anchor: initialText.length },
        extensions: [behaviour(() => latest.current), looks(label)],
      }),
      parent: host.current,
    });
    view.current = made;
    if (autoFocus) made.focus();
    return () => made.destroy();
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: readAs(strings) });
  }, [strings]);
  useEffect(() => {
    if (error) view.current?.dispatch({ effects: errorCame.of(error) });
  }, [error]);
  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    submit: () => view.current && submit(view.current, latest.current),
  }));
  return <div ref={host} className={styles.input} data-invalid={error !== null} />;
}

/** Errors that come are placed in the text as it is now, however it is edited meanwhile. */
function submit(view: EditorView, { onSubmit }: SqlInputProps): boolean {
  closeCompletion(view);
  view.dispatch({ effects: runBegan.of(null) });
  onSubmit(view.state.doc.toString());
  return true;
}

function behaviour(latest: () => SqlInputProps): Extension {
  const enter = (view: EditorView) => submit(view, latest());
  return [
    history(),
    closeBrackets(),
    typeOver,
    inputCompletion((text, position) => latest().offers(text, position)),
    keymap.of([
      { key: "Enter", run: enter, shift: insertNewlineAndIndent },
      { key: "Mod-Enter", run: enter },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...historyKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest().onText(update.state.doc.toString());
    }),
  ];
}

function looks(label: string): Extension {
  return [
    errorLens(),
    highlightSpecialChars(),
    drawSelection(),
    bracketMatching(),
    tooltips({ parent: hintPlace() }),
    sqlLanguage(),
    theme,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.cspNonce.of(styleNonce()),
  ];
}

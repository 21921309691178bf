import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { MergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

import { styleNonce } from "./nonce";
import styles from "./SideBySide.module.css";
import { sqlLanguage } from "./sqlLanguage";
import { theme } from "./theme";

/** One of two versions of a text, under its heading. */
export interface Version {
  readonly title: string;
  readonly sql: string;
}

export interface ComparisonProps {
  readonly theirs: Version;
  readonly mine: Version;
  /** What stands on the right has changed: it is edited, or lines of the left are taken over. Without it both are fixed. */
  readonly onMine?: (sql: string) => void;
}

/** So many lines around a difference are shown; longer runs of lines alike are folded. */
const CONTEXT_LINES = 3;
const LONGEST_ALIKE = 6;
/** Finer differences within texts are given up when they take longer. */
const DIFF = { scanLimit: 500, timeout: 200 };

export default function SideBySide({ theirs, mine, onMine }: ComparisonProps) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef({ theirs, mine, onMine });
  useEffect(() => {
    latest.current = { theirs, mine, onMine };
  });
  useEffect(() => {
    if (!host.current) return;
    const { theirs, mine, onMine } = latest.current;
    const view = new MergeView({
      a: { doc: theirs.sql, extensions: [looks(theirs.title), READ_ONLY] },
      b: {
        doc: mine.sql,
        extensions: [looks(mine.title), onMine ? editable((sql) => latest.current.onMine?.(sql)) : READ_ONLY],
      },
      parent: host.current,
      collapseUnchanged: { margin: CONTEXT_LINES, minSize: LONGEST_ALIKE },
      diffConfig: DIFF,
      ...(onMine && { revertControls: "a-to-b", renderRevertControl: takeOver }),
    });
    return () => view.destroy();
  }, []);
  return (
    <section className={styles.comparison} aria-label="Both versions">
      <h3>{theirs.title}</h3>
      <h3>{mine.title}</h3>
      <div ref={host} className={styles.texts} />
    </section>
  );
}

/** Lines that differ can be taken over from the left. */
function takeOver(): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.title = "Take these lines over";
  button.ariaLabel = "Take these lines over";
  button.textContent = "→";
  return button;
}

function looks(label: string): Extension {
  return [
    lineNumbers(),
    highlightSpecialChars(),
    sqlLanguage(),
    theme,
    comparisonTheme,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    EditorView.cspNonce.of(styleNonce()),
  ];
}

const READ_ONLY: Extension = [EditorState.readOnly.of(true), EditorView.editable.of(false)];

function editable(changed: (sql: string) => void): Extension {
  return [
    history(),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) changed(update.state.doc.toString());
    }),
  ];
}

const comparisonTheme = EditorView.theme({
  "&.cm-merge-a .cm-changedLine, &.cm-merge-b .cm-changedLine": { backgroundColor: "var(--grid-changed)" },
  "&.cm-merge-a .cm-changedText, &.cm-merge-b .cm-changedText": {
    background: "none",
    boxShadow: "inset 0 -2px var(--warning)",
  },
  "&.cm-merge-a .cm-changedLineGutter, &.cm-merge-b .cm-changedLineGutter": { background: "var(--warning)" },
  ".cm-collapsedLines": {
    padding: "var(--s-1) var(--s-3)",
    color: "var(--fg-2)",
    background: "var(--bg-sunken)",
    fontFamily: "var(--font-ui)",
    fontSize: "var(--text-sm)",
  },
  // The library's sign is in few fonts.
  ".cm-collapsedLines:before, .cm-collapsedLines:after": { content: '"⋯"' },
});

import { EditorView } from "@codemirror/view";

/** The editor's looks. Tokens come by name, so that a change of theme needs no word to the editor. */
export const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--sql-text)", backgroundColor: "var(--sql-bg)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    font: "var(--text-code)/var(--lead-code) var(--font-mono)",
    fontFeatureSettings: "var(--font-features-code)",
    overflow: "auto",
  },
  ".cm-content": { padding: "var(--s-1) 0", caretColor: "var(--sql-caret)" },
  ".cm-line": { padding: "0 var(--s-2) 0 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeft: "2px solid var(--sql-caret)", marginLeft: "-1px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--sql-selection)",
  },
  ".cm-gutters": { border: "none", color: "var(--sql-gutter)", backgroundColor: "var(--sql-bg)" },
  ".cm-lineNumbers .cm-gutterElement": {
    minWidth: "44px",
    padding: "0 var(--s-3) 0 0",
    fontSize: "var(--text-sm)",
    lineHeight: "var(--lead-code)",
  },
  ".cm-lineNumbers .cm-gutterElement.cm-statement": { color: "var(--fg-2)" },
  ".cm-statementBar": { width: "12px" },
  ".cm-statementBar .cm-gutterElement.cm-statement": {
    boxShadow: "inset 2px 0 var(--sql-statement-bar)",
    backgroundColor: "var(--sql-statement)",
  },
  ".cm-line.cm-statement": { backgroundColor: "var(--sql-statement)" },
  ".cm-lineNumbers .cm-gutterElement.cm-errorLine": {
    color: "var(--danger)",
    backgroundColor: "var(--sql-error-line)",
  },
  ".cm-statementBar .cm-gutterElement.cm-errorLine": {
    boxShadow: "inset 2px 0 var(--danger)",
    backgroundColor: "var(--sql-error-line)",
  },
  ".cm-line.cm-errorLine": { backgroundColor: "var(--sql-error-line)" },
  ".cm-errorMark": {
    textDecoration: "underline wavy var(--danger) 1.25px",
    textUnderlineOffset: "3px",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--line-control)",
    outlineOffset: "-1px",
  },
  ".cm-searchMatch": { backgroundColor: "var(--sql-match)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--sql-match)", outline: "1px solid var(--warning)" },
  ".cm-selectionMatch": { backgroundColor: "var(--sql-match)" },
  ".cm-panels": { color: "var(--fg)", backgroundColor: "var(--bg-chrome)" },
  ".cm-panels.cm-panels-top": { borderBottom: "var(--hair) solid var(--line)" },
  ".cm-panel.cm-search": {
    padding: "var(--s-1) var(--s-6) var(--s-1) var(--s-3)",
    fontFamily: "var(--font-ui)",
  },
  ".cm-panel.cm-search label": { fontSize: "var(--text-sm)" },
  ".cm-panel.cm-search [name=close]": { right: "var(--s-2)", top: "var(--s-1)", fontSize: "var(--text-lg)" },
  ".cm-textfield": {
    height: "var(--h-control-sm)",
    fontSize: "var(--text-sm)",
    border: "var(--hair) solid var(--line-control)",
    borderRadius: "var(--r-2)",
    backgroundColor: "var(--bg-canvas)",
  },
  ".cm-button": {
    height: "var(--h-control-sm)",
    fontSize: "var(--text-sm)",
    border: "var(--hair) solid var(--line-strong)",
    borderRadius: "var(--r-2)",
    backgroundColor: "var(--bg-raised)",
    backgroundImage: "none",
  },
  ".cm-tooltip": {
    border: "none",
    borderRadius: "var(--r-2)",
    color: "var(--fg)",
    backgroundColor: "var(--bg-raised)",
    boxShadow: "var(--shadow-menu)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    maxHeight: "288px",
    fontFamily: "var(--font-mono)",
    fontSize: "var(--text-sm)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    alignItems: "center",
    minHeight: "var(--h-grid-row)",
    padding: "0 var(--s-2)",
  },
  ".cm-completionIcon": { width: "20px", color: "var(--fg-3)", opacity: "1" },
  ".cm-completionDetail": {
    flex: "1 1 auto",
    maxWidth: "360px",
    marginLeft: "var(--s-4)",
    overflow: "hidden",
    color: "var(--fg-3)",
    fontStyle: "normal",
    textAlign: "right",
    textOverflow: "ellipsis",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    color: "var(--fg)",
    backgroundColor: "var(--bg-selected)",
  },
});

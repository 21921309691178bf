/** The keys of what a query tab can do. */
export const QUERY_KEYS = {
  run: "Mod+Enter",
  runAll: "Mod+Shift+Enter",
  cancel: "Alt+C",
  explain: "Alt+X",
  explainAnalyze: "Alt+Shift+X",
  commit: "Alt+Shift+M",
  rollBack: "Alt+Shift+R",
  format: "Alt+Shift+F",
  goToError: "Alt+J",
  save: "Mod+S",
  saveQuery: "Alt+Shift+S",
  notifications: "Alt+Shift+N",
} as const;

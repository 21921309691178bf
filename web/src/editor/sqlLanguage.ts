import { PostgreSQL, SQLDialect } from "@codemirror/lang-sql";
import { syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { Compartment, type Extension, Prec, RangeSetBuilder, type StateEffect } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import type { LRLanguage } from "@codemirror/language";
import { NodeProp, type Tree } from "@lezer/common";
import { tagHighlighter, tags } from "@lezer/highlight";

import { withCode } from "./codeInSql";
import { strings, type Strings } from "./strings";
import styles from "./sql.module.css";

const colours: readonly [
  tag: Parameters<typeof tagHighlighter>[0][number]["tag"],
  name: string | undefined,
][] = [
  [tags.keyword, styles.keyword],
  [tags.typeName, styles.type],
  [tags.string, styles.string],
  [tags.special(tags.string), styles.string],
  [tags.number, styles.number],
  [tags.bool, styles.constant],
  [tags.null, styles.constant],
  [tags.lineComment, styles.comment],
  [tags.blockComment, styles.comment],
  [tags.operator, styles.operator],
  [tags.special(tags.name), styles.parameter],
];

export const sqlHighlighter = tagHighlighter(colours.map(([tag, name]) => ({ tag, class: name ?? "" })));

const compartment = new Compartment();

/** PostgreSQL's dialect, as a session reads strings. */
export const DIALECTS: Readonly<Record<Strings, SQLDialect>> = {
  standard: PostgreSQL,
  escaping: SQLDialect.define({ ...PostgreSQL.spec, backslashEscapes: true }),
};

/** SQL with the code of routines in it, as a session reads strings. */
export const LANGUAGES: Readonly<Record<Strings, LRLanguage>> = {
  standard: withCode(DIALECTS.standard),
  escaping: withCode(DIALECTS.escaping),
};

/** PostgreSQL's dialect with its colours. */
export function sqlLanguage(reading: Strings = "standard"): Extension {
  return [compartment.of(dialect(reading)), syntaxHighlighting(sqlHighlighter), Prec.highest(functionNames)];
}

/** Has an editor that is there read strings as the session does. */
export function readAs(reading: Strings): StateEffect<unknown> {
  return compartment.reconfigure(dialect(reading));
}

function dialect(reading: Strings): Extension {
  // Its completion stays out: what is expected at a place is known better by `completion`.
  return [strings.of(reading), LANGUAGES[reading]];
}

/** Keywords that stand before a parenthesis without being called. */
const NOT_CALLED = new Set(
  (
    "all and any array as atomic between by check conflict constraint cube distinct except exclude exists filter " +
    "foreign from group having ilike in including inherits insert intersect into is join key language like limit " +
    "materialized not of on or order over partition primary references returning returns rollup row select set sets " +
    "similar some table then to union unique using values when where with within if elsif while assert return"
  ).split(" "),
);

const called = Decoration.mark({ class: styles.function ?? "" });

/** The grammar does not know calls: a name right before a parenthesis is one. */
const functionNames = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = callsIn(view);
    }

    update(update: ViewUpdate): void {
      const reparsed = syntaxTree(update.startState) !== syntaxTree(update.state);
      if (update.docChanged || update.viewportChanged || reparsed) this.decorations = callsIn(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function callsIn(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) addCalls(syntaxTree(view.state), 0, { from, to });
  return builder.finish();

  function addCalls(tree: Tree, base: number, { from, to }: { from: number; to: number }): void {
    tree.iterate({
      from: Math.max(from - base, 0),
      to: to - base,
      enter: (node) => {
        // Code within a string has a tree of its own.
        const code = node.name === "String" ? node.tree?.prop(NodeProp.mounted) : undefined;
        if (code?.overlay) addCalls(code.tree, base + node.from + (code.overlay[0]?.from ?? 0), { from, to });
        if (!["Identifier", "Keyword", "Builtin"].includes(node.name)) return;
        const [start, end] = [base + node.from, base + node.to];
        if (view.state.sliceDoc(end, end + 1) !== "(") return;
        if (isCallable(view.state.sliceDoc(start, end))) builder.add(start, end, called);
      },
    });
  }
}

/** Whether a name before a parenthesis is one of something that is called. */
export function isCallable(name: string): boolean {
  return !NOT_CALLED.has(name.toLowerCase());
}

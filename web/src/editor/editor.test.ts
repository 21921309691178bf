import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { describe, expect, it } from "vitest";

import { applySuggestion, errorCame, errorLens, goToError, runBegan } from "./errorLens";
import { runText } from "./SqlEditor";
import { readAs, sqlLanguage } from "./sqlLanguage";
import { currentStatement, statementMarks } from "./statementMarks";
import { suggestedName } from "./suggestedName";

function viewOf(doc: string, anchor = 0, head = anchor): EditorView {
  const extensions = [statementMarks(), sqlLanguage(), errorLens()];
  return new EditorView({ state: EditorState.create({ doc, selection: { anchor, head }, extensions }) });
}

const ERROR = {
  severity: "ERROR",
  code: "42703",
  message: "column o.shiped_at does not exist",
  hint: 'Perhaps you meant to reference the column "o.shipped_at".',
};
const underlined = (view: EditorView) => view.dom.querySelector(".cm-errorMark")?.textContent ?? null;

describe("the current statement", () => {
  it("follows the cursor and the text", () => {
    const view = viewOf("select 1;\nselect 2", 0);
    const current = () => {
      const span = currentStatement(view.state);
      return span && view.state.sliceDoc(span.from, span.to);
    };
    expect(current()).toBe("select 1");
    view.dispatch({ selection: { anchor: 12 } });
    expect(current()).toBe("select 2");
    view.dispatch({ changes: { from: 8, to: 9 } });
    expect(current()).toBe("select 1\nselect 2");
  });

  it("is cut anew when the session reads strings otherwise", () => {
    const view = viewOf("select '\\'; x'; select 2", 2);
    const current = () => {
      const span = currentStatement(view.state);
      return span && view.state.sliceDoc(span.from, span.to);
    };
    expect(current()).toBe("select '\\'");
    view.dispatch({ effects: readAs("escaping") });
    expect(current()).toBe("select '\\'; x'");
    view.dispatch({ changes: { from: 8, to: 9 } });
    expect(current()).toBe("select ''");
  });

  it("is marked line by line, unless a selection says what runs", () => {
    const view = viewOf("select 1;\n\nselect\n2;\n", 14);
    const marked = () =>
      [...view.dom.querySelectorAll(".cm-line.cm-statement")].map((line) => line.textContent);
    expect(marked()).toEqual(["select", "2;"]);
    view.dispatch({ selection: { anchor: 0, head: 5 } });
    expect(marked()).toEqual([]);
  });
});

describe("what would run", () => {
  it("is the text with the cursor, the selection with its place, or everything", () => {
    const { state } = viewOf("select 1; select 2", 10, 18);
    expect(runText(state, "selection")).toMatchObject({ sql: "select 2", cursor: null, offset: 10 });
    expect(runText(state, "statement")).toMatchObject({ sql: "select 1; select 2", cursor: 18, offset: 0 });
    expect(runText(state, "all")).toMatchObject({ sql: "select 1; select 2", cursor: null, offset: 0 });
  });
});

describe("an error", () => {
  const sql = "select o.id\nfrom orders o\nwhere o.shiped_at is null";
  const position = sql.indexOf("o.shiped_at");

  it("underlines the whole name and says what PostgreSQL said under its line", () => {
    const view = viewOf(sql);
    view.dispatch({ effects: errorCame.of({ ...ERROR, position }) });
    expect(underlined(view)).toBe("o.shiped_at");
    expect(view.dom.textContent).toContain("column o.shiped_at does not exist");
    expect(view.dom.textContent).toContain("42703");
  });

  it("is placed in the text that ran, however it was edited since", () => {
    const view = viewOf(sql);
    view.dispatch({ effects: runBegan.of(null) });
    view.dispatch({ changes: { from: 0, insert: "-- a new line\n" } });
    view.dispatch({ changes: { from: view.state.doc.length, insert: "\nlimit 1" } });
    view.dispatch({ effects: errorCame.of({ ...ERROR, position }) });
    expect(underlined(view)).toBe("o.shiped_at");
  });

  it("moves along with its text and goes with it", () => {
    const view = viewOf(sql);
    view.dispatch({ effects: errorCame.of({ ...ERROR, position }) });
    view.dispatch({ changes: { from: 0, insert: "/* x */ " } });
    expect(underlined(view)).toBe("o.shiped_at");
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: "select 1" } });
    expect(underlined(view)).toBeNull();
    expect(view.dom.textContent).not.toContain("42703");
  });

  it("goes when the next run begins", () => {
    const view = viewOf(sql);
    view.dispatch({ effects: errorCame.of({ ...ERROR, position }) });
    view.dispatch({ effects: runBegan.of(null) });
    expect(underlined(view)).toBeNull();
  });

  it("is gone to, and its suggestion taken", () => {
    const view = viewOf(sql);
    expect([goToError(view), applySuggestion(view)]).toEqual([false, false]);
    view.dispatch({ effects: errorCame.of({ ...ERROR, position }) });
    expect(goToError(view)).toBe(true);
    expect(view.state.selection.main.head).toBe(position);
    expect(applySuggestion(view)).toBe(true);
    expect(view.state.doc.toString()).toBe(sql.replace("shiped", "shipped"));
  });

  it("at the end of the text is shown as well", () => {
    const view = viewOf("select");
    view.dispatch({ effects: errorCame.of({ ...ERROR, hint: null, position: 6 }) });
    expect(view.dom.textContent).toContain("42703");
  });
});

describe("a suggested name", () => {
  it("is taken from hints that name one thing that needs no quotes", () => {
    expect(suggestedName(ERROR.hint)).toBe("o.shipped_at");
    expect(suggestedName('Perhaps you meant to reference the column "a.x" or the column "b.x".')).toBeNull();
    expect(suggestedName('Perhaps you meant to reference the column "o.Shipped At".')).toBeNull();
    expect(suggestedName(null)).toBeNull();
  });
});

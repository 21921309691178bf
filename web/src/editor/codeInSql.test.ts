import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { highlightTree } from "@lezer/highlight";
import { describe, expect, it } from "vitest";

import styles from "./sql.module.css";
import { LANGUAGES, sqlHighlighter, sqlLanguage } from "./sqlLanguage";

/** The key words of a text that the editor colours as such. */
function keywords(text: string): string[] {
  const found: string[] = [];
  highlightTree(LANGUAGES.standard.parser.parse(text), sqlHighlighter, (from, to, name) => {
    if (name === styles.keyword) found.push(text.slice(from, to));
  });
  return found;
}

/** The calls of a text that the editor colours as such. */
function calls(doc: string): (string | null)[] {
  const view = new EditorView({ state: EditorState.create({ doc, extensions: sqlLanguage() }) });
  return [...view.dom.querySelectorAll(`.${styles.function}`)].map(({ textContent }) => textContent);
}

describe("code in SQL", () => {
  it.each([
    ["do $$ begin perform 1; end $$", ["do", "begin", "perform", "end"]],
    [
      "create or replace procedure p() language plpgsql as $a$ begin raise notice 'if'; end $a$; select 1",
      ["create", "or", "replace", "procedure", "language", "as", "begin", "raise", "notice", "end", "select"],
    ],
    ["create function f() returns int as $$ select 1", ["create", "function", "returns", "as", "select"]],
    [
      "create function f() returns int language plpython3u as $$ if x: return",
      ["create", "function", "returns", "language", "as"],
    ],
    [
      "create function f() returns int as $$ for x in y $$ language 'plv8'",
      ["create", "function", "returns", "as", "language"],
    ],
    ["select $$ select 1 $$", ["select"]],
  ])("is coloured as code: %j", (sql, expected) => {
    expect(keywords(sql)).toEqual(expected);
  });

  it("has its calls coloured, in order with those around it", () => {
    const sql =
      "select a(1); do $x$ begin perform b(now()); if (c) then d(2); end if; end $x$; select e(3), $$f(4)$$";
    expect(calls(sql)).toEqual(["a", "b", "now", "d", "e"]);
  });
});

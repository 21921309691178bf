import { highlightTree } from "@lezer/highlight";
import { describe, expect, it } from "vitest";

import styles from "./sql.module.css";
import { LANGUAGES, sqlHighlighter } from "./sqlLanguage";

/** The key words of a text that the editor colours as such. */
function keywords(text: string): string[] {
  const found: string[] = [];
  highlightTree(LANGUAGES.standard.parser.parse(text), sqlHighlighter, (from, to, name) => {
    if (name === styles.keyword) found.push(text.slice(from, to));
  });
  return found;
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
});

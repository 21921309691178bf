import { describe, expect, it } from "vitest";

import vectors from "../../../crates/pg/tests/split.json";
import { respanned, splitStatements, statementAt } from "./statements";

/** What the server is held to as well, and psql with it. */
const split = vectors.split as [script: string, statements: string[]][];
const splitEscaping = vectors.split_escaping as [script: string, statements: string[]][];
const cursor = vectors.cursor as [marked: string, statement: string][];

describe("where statements begin and end", () => {
  it.each(split)("is where the server cuts: %j", (script, expected) => {
    expect(splitStatements(script).map(({ from, to }) => script.slice(from, to))).toEqual(expected);
  });

  it.each(splitEscaping)("is there too where a backslash escapes: %j", (script, expected) => {
    const spans = splitStatements(script, "escaping");
    expect(spans.map(({ from, to }) => script.slice(from, to))).toEqual(expected);
  });
});

describe("the statement at the cursor", () => {
  it.each(cursor)("is the one that the server runs: %j", (marked, expected) => {
    const script = marked.replace("|", "");
    const span = statementAt(script, splitStatements(script), marked.indexOf("|"));
    expect(span && script.slice(span.from, span.to)).toBe(expected);
  });
});

describe("an edit", () => {
  const script =
    "select 1; select $$a;b$$; \\d t\ncopy t from stdin;\n1\n\\.\ncreate table t (a int); -- x\nselect 'x;y'; select 2";

  it("leads to the same statements as reading the whole text, wherever it happens", () => {
    const edits = [";", "'", "$$", "--", "/*", "\n", "x", "\\x ", "\n\\.\n"];
    for (let at = 0; at <= script.length; at += 1) {
      for (const inserted of edits) {
        const text = script.slice(0, at) + inserted + script.slice(at);
        const edit = { from: at, to: at + inserted.length, moved: inserted.length };
        expect(respanned(text, splitStatements(script), edit)).toEqual(splitStatements(text));
      }
      const shortened = script.slice(0, at) + script.slice(at + 2);
      const edit = { from: at, to: at, moved: shortened.length - script.length };
      expect(respanned(shortened, splitStatements(script), edit)).toEqual(splitStatements(shortened));
    }
  });

  it("at the start of a long script leaves the statements behind it as they were", () => {
    const long = "select 1;\n".repeat(1000);
    const text = `x${long}`;
    const spans = respanned(text, splitStatements(long), { from: 0, to: 1, moved: 1 });
    expect(spans).toEqual(splitStatements(text));
  });
});

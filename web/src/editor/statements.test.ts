import { describe, expect, it } from "vitest";

import { respanned, splitStatements, statementAt } from "./statements";

const texts = (sql: string) => splitStatements(sql).map(({ from, to }) => sql.slice(from, to));

describe("where statements begin and end", () => {
  it("finds them between semicolons, without blanks and comments around them", () => {
    expect(texts(" select 1 ;\n-- nothing; here\n;;\n  select 2 /* ; */\n")).toEqual([
      "select 1",
      "select 2",
    ]);
    expect(texts("")).toEqual([]);
    expect(texts("-- only a comment")).toEqual([]);
  });

  it.each([
    ["a quoted semicolon", "select ';', 'it''s;'"],
    ["a backslash in a plain string", String.raw`select '\'`],
    ["an escape string", String.raw`select E'\';', e';'`],
    ["a quoted name", 'select 1 as "a;""b;"'],
    ["a dollar quote", "do $$ begin; end; $$"],
    ["a tagged dollar quote", "select $a$ ; $$ ; $b$ ; $a$"],
    ["a nested comment", "select /* ; /* ; */ ; */ 1"],
    ["a rule with several commands", "create rule r as on insert to t do (select 1; select 2)"],
    [
      "a function body in SQL",
      "create function f() returns int begin atomic select case when true then 1 end; select 2; end",
    ],
    ["a parameter", "select $1"],
    ["a name with a dollar sign", "select a$b$c from t"],
  ])("does not split %s", (_, sql) => {
    expect(texts(`${sql}; select 'next'`)).toEqual([sql, "select 'next'"]);
  });

  it("takes an unclosed string to the end", () => {
    expect(texts("select 'a; select 2")).toEqual(["select 'a; select 2"]);
  });

  it("ends `begin` and `create table … case` like any other statement", () => {
    expect(texts("begin; update t set a = case when b then 1 end; end; select 1")).toEqual(
      ["begin", "update t set a = case when b then 1 end", "end", "select 1"], // prettier-ignore
    );
  });
});

describe("the statement at the cursor", () => {
  const sql = "select 1;\n\nselect 2;  select 3";
  const at = (position: number) => {
    const span = statementAt(sql, splitStatements(sql), position);
    return span && sql.slice(span.from, span.to);
  };

  it("is the one that the cursor is in or touches", () => {
    expect([at(0), at(4), at(8), at(9)]).toEqual(["select 1", "select 1", "select 1", "select 1"]);
    expect([at(11), at(19), at(22), at(sql.length)]).toEqual([
      "select 2",
      "select 2",
      "select 3",
      "select 3",
    ]);
  });

  it("is the one on whose last line the cursor stands", () => {
    const script = "select 1; -- one\nselect 2";
    expect(statementAt(script, splitStatements(script), 16)).toMatchObject({ from: 0 });
  });

  it("is the one that follows when the cursor stands between lines, or else the last one", () => {
    expect(at(10)).toBe("select 2");
    expect(statementAt("  select 1;\n\n", splitStatements("  select 1;\n\n"), 13)).toMatchObject({ from: 2 });
    expect(statementAt("  select 1", splitStatements("  select 1"), 0)).toMatchObject({ from: 2 });
    expect(statementAt("", [], 0)).toBeNull();
  });
});

describe("an edit", () => {
  const script = "select 1; select $$a;b$$; create table t (a int); -- x\nselect 'x;y'; select 2";

  it("leads to the same statements as reading the whole text, wherever it happens", () => {
    const edits = [";", "'", "$$", "--", "/*", "\n", "x"];
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

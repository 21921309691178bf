import { describe, expect, it } from "vitest";

import { explainable, explainRequest, majorVersion, optionsFor } from "./explain";

const DOCUMENT = "select 0;\nupdate t set x = 1";
const STATEMENT = { from: 10, to: 28, end: 28, closed: false };

function sqlOf(change: Partial<Parameters<typeof explainRequest>[0]>): string {
  return explainRequest({
    kind: "plan",
    document: DOCUMENT,
    statement: STATEMENT,
    chosen: ["buffers", "timing", "memory", "wal", "generic_plan"],
    major: 18,
    undo: "no",
    ...change,
  }).sql;
}

describe("an EXPLAIN", () => {
  it("has the options that fit its kind and the server", () => {
    expect(sqlOf({})).toBe("explain (buffers, memory, generic_plan, format json) update t set x = 1");
    expect(sqlOf({ kind: "analyze" })).toBe(
      "explain (analyze, buffers, wal, memory, format json) update t set x = 1",
    );
    expect(sqlOf({ major: 15 })).toBe("explain (buffers, format json) update t set x = 1");
    expect(sqlOf({ kind: "analyze", chosen: [] })).toBe(
      "explain (analyze, timing off, format json) update t set x = 1",
    );
    expect(optionsFor("plan", 17).map(({ option }) => option)).not.toContain("serialize");
  });

  it("takes back what the statement did", () => {
    expect(sqlOf({ kind: "analyze", chosen: ["timing"], undo: "transaction" })).toBe(
      "begin;\nexplain (analyze, format json) update t set x = 1;\nrollback",
    );
    expect(sqlOf({ kind: "analyze", chosen: ["timing"], undo: "savepoint" })).toMatch(
      /^savepoint howdah_explain;[^]*rollback to savepoint howdah_explain;\nrelease savepoint howdah_explain$/,
    );
  });

  it("places errors where the statement stands", () => {
    const request = explainRequest({
      kind: "plan",
      document: DOCUMENT,
      statement: STATEMENT,
      chosen: [],
      major: 18,
      undo: "no",
    });
    const table = request.sql.indexOf("t set");
    expect(table + request.documentOffset).toBe(DOCUMENT.indexOf("t set"));
  });
});

describe("a statement", () => {
  it.each([
    ["select 1", "reads"],
    ["/* update */ select 'delete'", "reads"],
    ["(select 1) union (select 2)", "reads"],
    ["with gone as (delete from t returning *) select * from gone", "writes"],
    ["update t set x = 1", "writes"],
    ["create table x as select 1", "writes"],
    ["explain select 1", "already"],
    ["vacuum", "no"],
    ["", "no"],
  ])("%j is, to EXPLAIN: %s", (sql, what) => {
    expect(explainable(sql, "standard")).toBe(what);
  });

  it("is told by the words outside of strings, as the session reads them", () => {
    const sql = "select 'it\\'s no delete', ''";
    expect(explainable(sql, "escaping")).toBe("reads");
    expect(explainable(sql, "standard")).toBe("writes");
  });
});

it("reads the major version of a server", () => {
  expect(["18.1 (Debian 18.1-1)", "15.4", "17beta1", ""].map(majorVersion)).toEqual([18, 15, 17, 0]);
});

import { describe, expect, it } from "vitest";

import { formatSql } from "./formatSql";

describe("formatting", () => {
  it("puts clauses on lines of their own, and changes nothing else", () => {
    expect(formatSql("select a, b from t where x = 'From  here' -- why\nand y=$1")).toEqual({
      kind: "formatted",
      sql: "select\n  a,\n  b\nfrom\n  t\nwhere\n  x = 'From  here' -- why\n  and y = $1",
    });
  });

  it.each([
    "create function f() returns int language sql as $$ select  1 $$;",
    "select E'it\\'s', U&'d\\0061t', '{}'::jsonb -> 'a' #>> '{b}', data @> '[1]'",
    "select * from t for update skip locked;\n\ninsert into t values (1, default) on conflict do nothing",
    "/* a\n   b */ select 1",
    'select a."B c" from "T" a where a.x is distinct from null',
    "merge into t using s on t.id = s.id when matched then update set x = 1 when not matched then insert values (1)",
  ])("keeps the meaning of %j", (sql) => {
    const squeezed = (text: string) => text.replace(/\s+/g, "");
    const formatted = formatSql(sql);
    if (formatted.kind === "formatted") expect(squeezed(formatted.sql)).toBe(squeezed(sql));
    else expect(formatted.why).not.toBe("");
  });

  it("reads strings as the session does", () => {
    const sql = "select 'it\\'s', U&'d\\0061t', b'01' from t where a = 'b\\\\' and c = 1";
    const formatted = {
      kind: "formatted",
      sql: "select\n  'it\\'s',\n  U&'d\\0061t',\n  b'01'\nfrom\n  t\nwhere\n  a = 'b\\\\'\n  and c = 1",
    };
    expect(formatSql(sql, "escaping")).toEqual(formatted);
    expect(formatSql(sql, "standard")).not.toEqual(formatted);
  });

  it("leaves parameters and psql's commands whole", () => {
    const formatted = (sql: string) => {
      const found = formatSql(sql);
      return found.kind === "formatted" ? found.sql : found.why;
    };
    expect(formatted("select :a, x::int=:'b' from :\"t\" where c[1:n]=:d")).toBe(
      "select\n  :a,\n  x::int = :'b'\nfrom\n  :\"t\"\nwhere\n  c[1:n] = :d",
    );
    expect(formatted("\\d orders\nselect 1 \\gx\nselect a,b from t;\n\n\\x")).toBe(
      "\\d orders\nselect\n  1 \\gx\nselect\n  a,\n  b\nfrom\n  t;\n\\x",
    );
  });

  it("says why it refuses", () => {
    expect(formatSql("select (")).toMatchObject({ kind: "refused" });
    expect(formatSql("x".repeat(600_000))).toEqual({ kind: "refused", why: "it is too long." });
  });
});

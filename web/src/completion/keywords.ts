/** Key words that people write, in the order of the alphabet. */
export const KEYWORDS: readonly string[] = (
  "add all alter analyze and any array as asc begin between by cascade case cast check close collate column comment commit " +
  "concurrently constraint create cross cube current_date current_timestamp current_user cursor database declare default " +
  "delete desc distinct do domain drop else end except execute exists explain extension false fetch filter first following for " +
  "foreign from full function generated grant group having identity if ilike in index inner insert intersect interval into is " +
  "join key last lateral left like limit listen local lock matched materialized merge natural next not nothing notify null " +
  "nulls of offset on only or order outer over overlaps owner partition policy preceding prepare primary procedure range " +
  "recursive references refresh reindex release rename replace reset restrict returning revoke right role rollback rollup row " +
  "rows savepoint schema security select sequence session_user set similar some start table tablesample temporary then to " +
  "transaction trigger true truncate type unbounded union unique unlogged update using vacuum values view when where window " +
  "with within without"
).split(" ");

/** Beginnings of statements, with places to fill. */
export const SNIPPETS: readonly { label: string; insert: string; detail: string }[] = [
  { label: "select from", insert: "select ${*}\nfrom ${table}\nwhere ${condition}", detail: "query" },
  {
    label: "insert into",
    insert: "insert into ${table} (${columns})\nvalues (${values})",
    detail: "add rows",
  },
  {
    label: "update set",
    insert: "update ${table}\nset ${column} = ${value}\nwhere ${condition}",
    detail: "change rows",
  },
  { label: "delete from", insert: "delete from ${table}\nwhere ${condition}", detail: "remove rows" },
  {
    label: "with as",
    insert: "with ${name} as (\n  ${query}\n)\nselect * from ${name}",
    detail: "named query",
  },
  {
    label: "insert on conflict",
    insert:
      "insert into ${table} (${columns})\nvalues (${values})\non conflict (${key}) do update\nset ${column} = excluded.${column}",
    detail: "add or change",
  },
  {
    label: "create table",
    insert: "create table ${name} (\n  id bigint generated always as identity primary key,\n  ${columns}\n)",
    detail: "new table",
  },
  {
    label: "create index",
    insert: "create index concurrently on ${table} (${columns})",
    detail: "new index",
  },
  {
    label: "create function",
    insert:
      "create or replace function ${name}(${arguments})\nreturns ${type}\nlanguage sql\nbegin atomic\n  ${body};\nend",
    detail: "new function",
  },
  { label: "do block", insert: "do $$\nbegin\n  ${body};\nend\n$$", detail: "run PL/pgSQL" },
];

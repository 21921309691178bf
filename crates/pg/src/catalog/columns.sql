-- Columns of a relation, by number. PostgreSQL 15 to 18.
-- $1: oid
select a.attnum,
       a.attname,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       not a.attnotnull,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid),
       coalesce(a.attnum = any (i.indkey::int2[]), false),
       pg_catalog.col_description(a.attrelid, a.attnum)
from pg_catalog.pg_attribute a
left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
left join pg_catalog.pg_index i on i.indrelid = a.attrelid and i.indisprimary
where a.attrelid = $1::oid
  and a.attnum > 0
  and not a.attisdropped
order by a.attnum

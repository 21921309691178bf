-- PostgreSQL 15 to 18. $5 a schema. A table's own sequences are listed too: people look for them by name.
select c.oid::pg_catalog.int8 as id, c.relname as sort, c.relname::pg_catalog.text as name,
       'sequence' as kind, pg_catalog.format_type(s.seqtypid, null) as detail, null::pg_catalog.float8 as rows,
       array[case c.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' end] as badges
  from pg_catalog.pg_class c
  left join pg_catalog.pg_sequence s on s.seqrelid = c.oid
 where c.relnamespace = $5::pg_catalog.oid
   and c.relkind = 'S'

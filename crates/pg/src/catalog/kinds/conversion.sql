-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.conname as sort, o.conname::pg_catalog.text as name, 'conversion' as kind,
       pg_catalog.concat(pg_catalog.pg_encoding_to_char(o.conforencoding), ' to ', pg_catalog.pg_encoding_to_char(o.contoencoding)) as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_conversion o
 where o.connamespace = $5::pg_catalog.oid

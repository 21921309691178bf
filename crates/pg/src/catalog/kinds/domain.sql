-- PostgreSQL 15 to 18. $5 a schema.
select t.oid::pg_catalog.int8 as id, t.typname as sort, t.typname::pg_catalog.text as name, 'domain' as kind,
       pg_catalog.format_type(t.typbasetype, t.typtypmod) as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_type t
 where t.typnamespace = $5::pg_catalog.oid
   and t.typtype = 'd'

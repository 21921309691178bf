-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.collname as sort, o.collname::pg_catalog.text as name, 'collation' as kind,
       case o.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' else 'default' end as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_collation o
 where o.collnamespace = $5::pg_catalog.oid

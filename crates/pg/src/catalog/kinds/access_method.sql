-- PostgreSQL 15 to 18. The access methods of the database.
select a.oid::pg_catalog.int8 as id, a.amname as sort, a.amname::pg_catalog.text as name, 'access_method' as kind,
       case a.amtype when 't' then 'of tables' else 'of indexes' end as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_am a

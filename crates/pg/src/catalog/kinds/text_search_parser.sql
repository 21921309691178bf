-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.prsname as sort, o.prsname::pg_catalog.text as name, 'text_search_parser' as kind,
       null::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_ts_parser o
 where o.prsnamespace = $5::pg_catalog.oid

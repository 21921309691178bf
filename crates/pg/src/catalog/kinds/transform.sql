-- PostgreSQL 15 to 18. The transforms of the database.
select t.oid::pg_catalog.int8 as id, k.name::pg_catalog.name as sort, k.name, 'transform' as kind,
       null::pg_catalog.text as detail, null::pg_catalog.float8 as rows, null::pg_catalog.text[] as badges
  from pg_catalog.pg_transform t
  left join pg_catalog.pg_language l on l.oid = t.trflang
 cross join lateral (select pg_catalog.concat(pg_catalog.format_type(t.trftype, null), ' for ', l.lanname) as name) k

-- PostgreSQL 15 to 18. The extensions of the database.
select e.oid::pg_catalog.int8 as id, e.extname as sort, e.extname::pg_catalog.text as name, 'extension' as kind,
       e.extversion as detail, null::pg_catalog.float8 as rows,
       array[case when a.default_version <> e.extversion then 'update available' end] as badges
  from pg_catalog.pg_extension e
  left join pg_catalog.pg_available_extensions a on a.name = e.extname

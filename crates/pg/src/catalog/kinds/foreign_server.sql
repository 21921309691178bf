-- PostgreSQL 15 to 18. The foreign servers of the database.
select s.oid::pg_catalog.int8 as id, s.srvname as sort, s.srvname::pg_catalog.text as name, 'foreign_server' as kind,
       w.fdwname::pg_catalog.text as detail, null::pg_catalog.float8 as rows, null::pg_catalog.text[] as badges
  from pg_catalog.pg_foreign_server s
  left join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw

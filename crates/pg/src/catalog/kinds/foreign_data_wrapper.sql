-- PostgreSQL 15 to 18. The foreign-data wrappers of the database.
select w.oid::pg_catalog.int8 as id, w.fdwname as sort, w.fdwname::pg_catalog.text as name,
       'foreign_data_wrapper' as kind, null::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       array[case when w.fdwhandler = 0 then 'no handler' end] as badges
  from pg_catalog.pg_foreign_data_wrapper w

-- PostgreSQL 15 to 18. The tablespaces of the cluster.
select t.oid::pg_catalog.int8 as id, t.spcname as sort, t.spcname::pg_catalog.text as name, 'tablespace' as kind,
       nullif(pg_catalog.pg_tablespace_location(t.oid), '') as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_tablespace t

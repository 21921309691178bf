-- PostgreSQL 15 to 18. The databases of the cluster.
select d.oid::pg_catalog.int8 as id, d.datname as sort, d.datname::pg_catalog.text as name, 'database' as kind,
       pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       array[case when d.datistemplate then 'template' end, case when not d.datallowconn then 'closed' end] as badges
  from pg_catalog.pg_database d

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select d.datname::pg_catalog.text as name,
       null::pg_catalog.oid as schema,
       'database' as kind,
       d.datdba as owner,
       d.datacl as acl,
       'd' as acl_kind,
       array[case when d.datistemplate then 'template' end, case when not d.datallowconn then 'closed' end] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_database d
 where d.oid = $1::pg_catalog.oid

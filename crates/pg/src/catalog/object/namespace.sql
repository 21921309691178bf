-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select n.nspname::pg_catalog.text as name,
       null::pg_catalog.oid as schema,
       'schema' as kind,
       n.nspowner as owner,
       n.nspacl as acl,
       'n' as acl_kind,
       null::pg_catalog.text[] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_namespace n
 where n.oid = $1::pg_catalog.oid

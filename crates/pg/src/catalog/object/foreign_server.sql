-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select s.srvname::pg_catalog.text as name,
       null::pg_catalog.oid as schema,
       'foreign_server' as kind,
       s.srvowner as owner,
       s.srvacl as acl,
       'S' as acl_kind,
       null::pg_catalog.text[] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_foreign_server s
 where s.oid = $1::pg_catalog.oid

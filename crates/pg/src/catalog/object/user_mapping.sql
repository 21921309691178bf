-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select coalesce(m.usename, 'public')::pg_catalog.text as name,
       null::pg_catalog.oid as schema,
       'user_mapping' as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       null::pg_catalog.text[] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       'pg_foreign_server' as of_catalog,
       m.srvid as of_oid
 from pg_catalog.pg_user_mappings m
 where m.umid = $1::pg_catalog.oid

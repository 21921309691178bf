-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select c.cfgname::pg_catalog.text as name,
       c.cfgnamespace as schema,
       'text_search_configuration' as kind,
       c.cfgowner as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       null::pg_catalog.text[] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_ts_config c
 where c.oid = $1::pg_catalog.oid

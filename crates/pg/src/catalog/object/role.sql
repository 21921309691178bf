-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select r.rolname::pg_catalog.text as name,
       null::pg_catalog.oid as schema,
       case when r.rolcanlogin then 'role' else 'group_role' end as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       array[case when r.rolsuper then 'superuser' end, case when r.rolvaliduntil < pg_catalog.now() then 'expired' end] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_roles r
 where r.oid = $1::pg_catalog.oid

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select p.polname::pg_catalog.text as name,
       (select c.relnamespace from pg_catalog.pg_class c where c.oid = p.polrelid) as schema,
       'policy' as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       array[case when not p.polpermissive then 'restrictive' end] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       'pg_class' as of_catalog,
       p.polrelid as of_oid
 from pg_catalog.pg_policy p
 where p.oid = $1::pg_catalog.oid

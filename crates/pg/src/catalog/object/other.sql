-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select coalesce(i.name, i.identity) as name,
       (select n.oid from pg_catalog.pg_namespace n where pg_catalog.quote_ident(n.nspname) = i.schema) as schema,
       pg_catalog.replace(i.type, ' ', '_') as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       null::pg_catalog.text[] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from (select ($3::pg_catalog.text)::pg_catalog.regclass::pg_catalog.oid as classid, $1::pg_catalog.oid as objid) a
 cross join lateral identify(a.classid, a.objid) i
 where i.identity is not null

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select t.typname::pg_catalog.text as name,
       t.typnamespace as schema,
       case t.typtype when 'd' then 'domain' else 'type' end as kind,
       t.typowner as owner,
       t.typacl as acl,
       'T' as acl_kind,
       array[case when not t.typisdefined then 'shell' end] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_type t
 where t.oid = $1::pg_catalog.oid

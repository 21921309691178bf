-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select k.conname::pg_catalog.text as name,
       k.connamespace as schema,
       'constraint' as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       array[case when not k.convalidated then 'not valid' end, case when k.condeferrable then 'deferrable' end] as badges,
       null::pg_catalog.float8 as rows,
       case when not $2::pg_catalog.bool then pg_catalog.pg_get_constraintdef(k.oid, true) end as source,
       case when k.conrelid <> 0 then 'pg_class' else 'pg_type' end as of_catalog,
       case when k.conrelid <> 0 then k.conrelid else k.contypid end as of_oid
 from pg_catalog.pg_constraint k
 where k.oid = $1::pg_catalog.oid

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select s.stxname::pg_catalog.text as name,
       (select c.relnamespace from pg_catalog.pg_class c where c.oid = s.stxrelid) as schema,
       'statistics' as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       null::pg_catalog.text[] as badges,
       null::pg_catalog.float8 as rows,
       case when not $2::pg_catalog.bool then pg_catalog.pg_get_statisticsobjdef(s.oid) end as source,
       'pg_class' as of_catalog,
       s.stxrelid as of_oid
 from pg_catalog.pg_statistic_ext s
 where s.oid = $1::pg_catalog.oid

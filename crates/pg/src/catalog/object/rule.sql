-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select r.rulename::pg_catalog.text as name,
       (select c.relnamespace from pg_catalog.pg_class c where c.oid = r.ev_class) as schema,
       'rule' as kind,
       null::pg_catalog.oid as owner,
       null::pg_catalog.aclitem[] as acl,
       null::pg_catalog.text as acl_kind,
       array[case r.ev_enabled when 'D' then 'disabled' when 'R' then 'replica only' when 'A' then 'always' end] as badges,
       null::pg_catalog.float8 as rows,
       case when not $2::pg_catalog.bool then pg_catalog.pg_get_ruledef(r.oid) end as source,
       'pg_class' as of_catalog,
       r.ev_class as of_oid
 from pg_catalog.pg_rewrite r
 where r.oid = $1::pg_catalog.oid

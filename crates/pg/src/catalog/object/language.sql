-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select l.lanname::pg_catalog.text as name,
       null::pg_catalog.oid as schema,
       'language' as kind,
       l.lanowner as owner,
       l.lanacl as acl,
       'l' as acl_kind,
       array[case when l.lanispl and l.lanpltrusted then 'trusted' end] as badges,
       null::pg_catalog.float8 as rows,
       null::pg_catalog.text as source,
       null::pg_catalog.text as of_catalog,
       null::pg_catalog.oid as of_oid
 from pg_catalog.pg_language l
 where l.oid = $1::pg_catalog.oid

-- PostgreSQL 15 to 18. The languages of the database.
select l.oid::pg_catalog.int8 as id, l.lanname as sort, l.lanname::pg_catalog.text as name, 'language' as kind,
       null::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       array[case when l.lanispl and l.lanpltrusted then 'trusted' end] as badges
  from pg_catalog.pg_language l

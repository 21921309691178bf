-- PostgreSQL 15 to 18. The publications of the database.
select p.oid::pg_catalog.int8 as id, p.pubname as sort, p.pubname::pg_catalog.text as name, 'publication' as kind,
       case when p.puballtables then 'all tables' end as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_publication p

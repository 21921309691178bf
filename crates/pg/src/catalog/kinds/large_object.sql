-- PostgreSQL 15 to 18. The large objects of the database.
select l.oid::pg_catalog.int8 as id, pg_catalog.lpad(l.oid::pg_catalog.text, 10, '0')::pg_catalog.name as sort,
       l.oid::pg_catalog.text as name, 'large_object' as kind,
       pg_catalog.pg_get_userbyid(l.lomowner)::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_largeobject_metadata l

-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.opfname as sort, o.opfname::pg_catalog.text as name, 'operator_family' as kind,
       a.amname::pg_catalog.text as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_opfamily o
  left join pg_catalog.pg_am a on a.oid = o.opfmethod
 where o.opfnamespace = $5::pg_catalog.oid

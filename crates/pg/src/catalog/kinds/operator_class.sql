-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.opcname as sort, o.opcname::pg_catalog.text as name, 'operator_class' as kind,
       pg_catalog.concat(a.amname, ', ', pg_catalog.format_type(o.opcintype, null)) as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_opclass o
  left join pg_catalog.pg_am a on a.oid = o.opcmethod
 where o.opcnamespace = $5::pg_catalog.oid

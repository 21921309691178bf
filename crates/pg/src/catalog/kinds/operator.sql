-- PostgreSQL 15 to 18. $5 a schema.
select o.oid::pg_catalog.int8 as id, o.oprname as sort, o.oprname::pg_catalog.text as name, 'operator' as kind,
       pg_catalog.concat('(', pg_catalog.concat_ws(', ', nullif(pg_catalog.format_type(nullif(o.oprleft, 0), null), ''), pg_catalog.format_type(o.oprright, null)), ')') as detail, null::pg_catalog.float8 as rows,
       null::pg_catalog.text[] as badges
  from pg_catalog.pg_operator o
 where o.oprnamespace = $5::pg_catalog.oid

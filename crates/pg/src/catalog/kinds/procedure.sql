-- PostgreSQL 15 to 18. $5 a schema.
select p.oid::pg_catalog.int8 as id, p.proname as sort, p.proname::pg_catalog.text as name, 'procedure' as kind,
       pg_catalog.concat('(', pg_catalog.pg_get_function_identity_arguments(p.oid), ')') as detail,
       null::pg_catalog.float8 as rows,
       array[case when p.prosecdef then 'security definer' end] as badges
  from pg_catalog.pg_proc p
 where p.pronamespace = $5::pg_catalog.oid
   and p.prokind in ('p')

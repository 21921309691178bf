-- PostgreSQL 15 to 18. $5 a schema. The types of tables' rows, of arrays and of multiranges come with what they are of.
select t.oid::pg_catalog.int8 as id, t.typname as sort, t.typname::pg_catalog.text as name, 'type' as kind,
       case when not t.typisdefined then 'shell' when t.typtype = 'e' then 'enum' when t.typtype = 'c' then 'composite'
            when t.typtype = 'r' then 'range' when t.typtype = 'p' then 'pseudo' else 'base' end as detail,
       null::pg_catalog.float8 as rows, null::pg_catalog.text[] as badges
  from pg_catalog.pg_type t
 where t.typnamespace = $5::pg_catalog.oid
   and t.typtype in ('b', 'c', 'e', 'p', 'r')
   and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
   and (t.typrelid = 0 or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c'))

-- PostgreSQL 15 to 18. A schema's version changes with what an editor completes of it: xmin says which rows are new.
with relations as (
    select c.relnamespace as schema,
           count(*) as number,
           sum(pg_catalog.hashint8extended((c.oid::pg_catalog.int8 << 32) | c.xmin::pg_catalog.text::pg_catalog.int8, 0)) as mark
      from pg_catalog.pg_class c
     where c.relkind in ('r', 'p', 'f', 'v', 'm')
     group by c.relnamespace
), columns as (
    select c.relnamespace as schema,
           count(*) as number,
           sum(pg_catalog.hashint8extended((a.attrelid::pg_catalog.int8 << 32) | a.xmin::pg_catalog.text::pg_catalog.int8, a.attnum)) as mark
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
     where c.relkind in ('r', 'p', 'f', 'v', 'm')
       and a.attnum > 0
     group by c.relnamespace
), functions as (
    select p.pronamespace as schema,
           count(*) as number,
           sum(pg_catalog.hashint8extended((p.oid::pg_catalog.int8 << 32) | p.xmin::pg_catalog.text::pg_catalog.int8, 0)) as mark
      from pg_catalog.pg_proc p
     group by p.pronamespace
), keys as (
    select k.connamespace as schema,
           count(*) as number,
           sum(pg_catalog.hashint8extended((k.oid::pg_catalog.int8 << 32) | k.xmin::pg_catalog.text::pg_catalog.int8, 0)) as mark
      from pg_catalog.pg_constraint k
     where k.contype = 'f'
     group by k.connamespace
)
select n.oid,
       n.nspname,
       pg_catalog.md5(pg_catalog.concat_ws(',', relations.number, relations.mark, columns.number, columns.mark,
                                           functions.number, functions.mark, keys.number, keys.mark)),
       coalesce(pg_catalog.array_position(pg_catalog.current_schemas(true), n.nspname), 0)
  from pg_catalog.pg_namespace n
  left join relations on relations.schema = n.oid
  left join columns on columns.schema = n.oid
  left join functions on functions.schema = n.oid
  left join keys on keys.schema = n.oid
 where pg_catalog.has_schema_privilege(n.oid, 'USAGE')
   and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
 order by n.nspname

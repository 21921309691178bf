-- PostgreSQL 15 to 18. A schema's version changes with what an editor completes of it: xmin says which rows are new.
with own_path as (
    -- A session that reads the catalogue has no search_path. What counts is the one that others of the person begin with:
    -- what is set for the role in the database, for the role, for the database, for everybody, or by default.
    select coalesce((select pg_catalog.substr(entry, 13)
                       from pg_catalog.pg_db_role_setting setting,
                            pg_catalog.unnest(setting.setconfig) entry
                      where setting.setdatabase in (0, (select d.oid from pg_catalog.pg_database d
                                                         where d.datname = pg_catalog.current_database()))
                        and setting.setrole in (0, (select r.oid from pg_catalog.pg_roles r where r.rolname = session_user))
                        and entry like 'search\_path=%'
                      order by setting.setrole <> 0 desc, setting.setdatabase <> 0 desc
                      limit 1), '"$user", public') as list
), named as (
    select case when quoted = '$user' then current_user
                else coalesce(pg_catalog.replace(quoted, '""', '"'), bare) end as name,
           place + 1 as place
      from own_path,
           pg_catalog.regexp_matches(list, '"((?:[^"]|"")*)"|([^",[:space:]]+)', 'g') with ordinality found (parts, place),
           lateral (select parts[1] as quoted, parts[2] as bare) part
), path as (
    select name, pg_catalog.min(place) as place
      from (select 'pg_catalog' as name, 1::pg_catalog.int8 as place
            union all
            select name, place from named where pg_catalog.current_setting('search_path') in ('', '""')
            union all
            select schema::pg_catalog.text, place
              from pg_catalog.unnest(pg_catalog.current_schemas(true)) with ordinality as found (schema, place)
             where pg_catalog.current_setting('search_path') not in ('', '""')) places
     group by name
), relations as (
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
), types as (
    select t.typnamespace as schema,
           count(*) as number,
           sum(pg_catalog.hashint8extended((t.oid::pg_catalog.int8 << 32) | t.xmin::pg_catalog.text::pg_catalog.int8, 0)) as mark
      from pg_catalog.pg_type t
     where t.typrelid = 0
        or exists (select from pg_catalog.pg_class c where c.oid = t.typrelid and c.relkind = 'c')
     group by t.typnamespace
), labels as (
    select t.typnamespace as schema,
           count(*) as number,
           sum(pg_catalog.hashint8extended((e.oid::pg_catalog.int8 << 32) | e.xmin::pg_catalog.text::pg_catalog.int8, 0)) as mark
      from pg_catalog.pg_enum e
      join pg_catalog.pg_type t on t.oid = e.enumtypid
     group by t.typnamespace
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
                                           functions.number, functions.mark, keys.number, keys.mark,
                                           types.number, types.mark, labels.number, labels.mark)),
       coalesce(path.place, 0)
  from pg_catalog.pg_namespace n
  left join relations on relations.schema = n.oid
  left join columns on columns.schema = n.oid
  left join functions on functions.schema = n.oid
  left join keys on keys.schema = n.oid
  left join types on types.schema = n.oid
  left join labels on labels.schema = n.oid
  left join path on path.name = n.nspname
 where pg_catalog.has_schema_privilege(n.oid, 'USAGE')
   and n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
 order by n.nspname

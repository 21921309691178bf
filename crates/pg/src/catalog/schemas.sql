-- Schemas by name, PostgreSQL's own last, with the number of tables and views in each. PostgreSQL 15 to 18.
-- $1: after one that is a system's (t) or not (f), $2: and has this name, $3: part of the name in lower case, $4: how many
with listed as (
    select n.oid,
           n.nspname,
           n.nspowner,
           n.nspname in ('pg_catalog', 'information_schema', 'pg_toast') as is_system
    from pg_catalog.pg_namespace n
    where n.nspname !~ '^pg_(toast_)?temp_'
      and n.nspname <> 'pg_toast'
)
select l.oid,
       l.nspname,
       pg_catalog.pg_get_userbyid(l.nspowner),
       l.is_system,
       pg_catalog.has_schema_privilege(l.oid, 'USAGE'),
       c.tables,
       c.views,
       pg_catalog.obj_description(l.oid, 'pg_namespace')
from listed l
cross join lateral (
    select pg_catalog.count(*) filter (where r.relkind in ('r', 'p', 'f')) as tables,
           pg_catalog.count(*) filter (where r.relkind in ('v', 'm')) as views
    from pg_catalog.pg_class r
    where r.relnamespace = l.oid
) c
where ($1::bool is null or (l.is_system, l.nspname collate "C") > ($1::bool, $2::text collate "C"))
  and ($3::text is null or pg_catalog.strpos(pg_catalog.lower(l.nspname), $3::text) > 0)
order by l.is_system, l.nspname collate "C"
limit $4::int8

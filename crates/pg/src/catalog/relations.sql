-- Tables or views of a schema, by name. PostgreSQL 15 to 18.
-- $1: schema, $2: relkinds, $3: after this name, $4: part of the name in lower case, $5: how many
select c.oid,
       c.relname,
       c.relkind,
       -- reltuples of a partitioned table is filled by ANALYZE too; -1 means never analyzed.
       case when c.reltuples >= 0 and c.relkind <> 'v' then c.reltuples end,
       c.relispartition,
       pg_catalog.obj_description(c.oid, 'pg_class')
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1::text
  and c.relkind::text = any (pg_catalog.string_to_array($2::text, ','))
  and ($3::text is null or c.relname collate "C" > $3::text collate "C")
  and ($4::text is null or pg_catalog.strpos(pg_catalog.lower(c.relname), $4::text) > 0)
order by c.relname collate "C"
limit $5::int8

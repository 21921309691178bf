-- Databases by name. PostgreSQL 15 to 18.
-- $1: after this name, $2: part of the name in lower case, $3: how many
select d.oid,
       d.datname,
       pg_catalog.pg_get_userbyid(d.datdba),
       case when pg_catalog.has_database_privilege(d.oid, 'CONNECT')
            then pg_catalog.pg_database_size(d.oid) end,
       d.datallowconn and pg_catalog.has_database_privilege(d.oid, 'CONNECT'),
       pg_catalog.shobj_description(d.oid, 'pg_database')
from pg_catalog.pg_database d
where not d.datistemplate
  and ($1::text is null or d.datname collate "C" > $1::text collate "C")
  and ($2::text is null or pg_catalog.strpos(pg_catalog.lower(d.datname), $2::text) > 0)
order by d.datname collate "C"
limit $3::int8

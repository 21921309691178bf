-- Names of types as people write them: those of the database's own without their schema. PostgreSQL 15 to 18. $1 oids.
select t.oid,
       case when n.nspname = 'pg_catalog' then pg_catalog.format_type(t.oid, null)
            when e.oid is not null then e.typname || '[]'
            else t.typname end
  from pg_catalog.pg_type t
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_type e on e.oid = t.typelem and e.typarray = t.oid
 where t.oid = any ($1::pg_catalog.oid[])
 order by t.oid

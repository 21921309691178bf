-- PostgreSQL 15 to 18. What every page begins with; `own` is the object's row, $3 the name of its catalog, `itself` its identity. The text of a
-- source comes in pieces, since one row holds no more than 256 KiB.
select 'head' as section, 0::pg_catalog.int8 as at, pg_catalog.json_build_object(
         'name', own.name, 'reader', session_user, 'kind', own.kind, 'estimated_rows', own.rows,
         'badges', pg_catalog.array_remove(coalesce(own.badges, '{}'), null),
         'schema', case when n.oid is not null then pg_catalog.json_build_object('text', n.nspname, 'address', 'pg_namespace/' || n.oid) end,
         'of', case when own.of_oid is not null then pg_catalog.json_build_object(
                   'text', coalesce((select c.relname::pg_catalog.text from pg_catalog.pg_class c where own.of_catalog = 'pg_class' and c.oid = own.of_oid),
                                    (select t.typname::pg_catalog.text from pg_catalog.pg_type t where own.of_catalog = 'pg_type' and t.oid = own.of_oid),
                                    (select s.srvname::pg_catalog.text from pg_catalog.pg_foreign_server s where own.of_catalog = 'pg_foreign_server' and s.oid = own.of_oid),
                                    own.of_oid::pg_catalog.text),
                   'address', own.of_catalog || '/' || own.of_oid) end,
         'owner', case when own.owner is not null then pg_catalog.json_build_object('text', pg_catalog.pg_get_userbyid(own.owner), 'address', 'pg_authid/' || own.owner) end,
         'comment', case when $3::pg_catalog.text in ('pg_database', 'pg_authid', 'pg_tablespace') then (
                           select e.description from pg_catalog.pg_shdescription e join self on e.classoid = self.classid and e.objoid = self.objid)
                         else (select e.description from pg_catalog.pg_description e join self on e.classoid = self.classid and e.objoid = self.objid and e.objsubid = 0) end,
         'identity', case when $3 <> 'pg_replication_slots' and not $4::pg_catalog.bool then
             (select i.identity from itself i) end,
         'no_rows', (select case when not coalesce(pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE'), true) then 'You have no USAGE privilege on its schema'
                                 when not coalesce(pg_catalog.has_any_column_privilege(c.oid, 'SELECT'), true) then 'You have no SELECT privilege on it' end
                       from pg_catalog.pg_class c
                      where $3::pg_catalog.text = 'pg_class' and c.oid = $1::pg_catalog.oid and c.relkind in ('r', 'p', 'f', 'v', 'm')),
         'careful', $2::pg_catalog.bool) as cells
  from own
  left join pg_catalog.pg_namespace n on n.oid = own.schema
union all
select 'source', g.piece, pg_catalog.to_json(pg_catalog.substr(own.source, (g.piece * 30000 + 1)::pg_catalog.int4, 30000))
  from own
 cross join lateral pg_catalog.generate_series(0::pg_catalog.int8, (pg_catalog.length(own.source) / 30000)::pg_catalog.int8) g (piece)
 where own.source is not null

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_tablespace t
 cross join lateral (values
   (1, 'Location', coalesce(nullif(pg_catalog.pg_tablespace_location(t.oid), ''), 'the data directory'), null, null),
   (2, 'Size', case when $2::pg_catalog.bool then null when pg_catalog.has_tablespace_privilege(t.oid, 'CREATE') or pg_catalog.pg_has_role('pg_read_all_stats', 'MEMBER')
        or t.oid = (select d.dattablespace from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) then pg_catalog.pg_tablespace_size(t.oid)::pg_catalog.text end, 'bytes', null),
   (3, 'Size', case when not (pg_catalog.has_tablespace_privilege(t.oid, 'CREATE') or pg_catalog.pg_has_role('pg_read_all_stats', 'MEMBER')
        or t.oid = (select d.dattablespace from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())) then 'You may not create in it, so PostgreSQL does not say' end, 'hidden', null),
   (4, 'Options', pg_catalog.array_to_string(t.spcoptions, ', '), 'code', null)
   ) f (at, label, value, form, address)
 where t.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'contents', pg_catalog.row_number() over (order by c.relname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(pg_catalog.concat(n.nspname, '.', c.relname), case when c.relkind in ('i', 'I') then 'index' else 'table' end, 'pg_class/' || c.oid))
  from (select * from pg_catalog.pg_class c
         where c.reltablespace = $1::pg_catalog.oid and c.relkind <> 't' and c.oid >= 16384
         order by c.relname limit 300) c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace

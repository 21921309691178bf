-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_constraint k
  left join pg_catalog.pg_class c on c.oid = k.confrelid
  left join pg_catalog.pg_class i on i.oid = k.conindid
 cross join lateral (values
   (1, 'Kind', case k.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key' when 'c' then 'check' when 'x' then 'exclusion' when 'n' then 'not null' else 'trigger' end, null, null),
   (2, 'Refers to', c.relname::pg_catalog.text, null, 'pg_class/' || c.oid),
   (3, 'Index', i.relname::pg_catalog.text, null, 'pg_class/' || i.oid)
   ) f (at, label, value, form, address)
 where k.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_operator o
 cross join lateral (values
   (1, 'Gives', pg_catalog.format_type(o.oprresult, null), 'code', null),
   (2, 'Runs', nullif(o.oprcode::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || o.oprcode::pg_catalog.oid),
   (3, 'Commutator', nullif(o.oprcom, 0)::pg_catalog.regoperator::pg_catalog.text, 'code', 'pg_operator/' || o.oprcom),
   (4, 'Negator', nullif(o.oprnegate, 0)::pg_catalog.regoperator::pg_catalog.text, 'code', 'pg_operator/' || o.oprnegate),
   (5, 'Merges', case when o.oprcanmerge then 'yes' else 'no' end, null, null),
   (6, 'Hashes', case when o.oprcanhash then 'yes' else 'no' end, null, null)
   ) f (at, label, value, form, address)
 where o.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

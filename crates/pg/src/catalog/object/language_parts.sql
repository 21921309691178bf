-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_language l
 cross join lateral (values
   (1, 'Handler', nullif(l.lanplcallfoid::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || l.lanplcallfoid::pg_catalog.oid),
   (2, 'Inline', nullif(l.laninline::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || l.laninline::pg_catalog.oid),
   (3, 'Validator', nullif(l.lanvalidator::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || l.lanvalidator::pg_catalog.oid)
   ) f (at, label, value, form, address)
 where l.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

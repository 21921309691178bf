-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_event_trigger e
 cross join lateral (values
   (1, 'At', e.evtevent::pg_catalog.text, 'code', null),
   (2, 'For', coalesce(pg_catalog.array_to_string(e.evttags, ', '), 'all commands'), null, null),
   (3, 'Runs', nullif(e.evtfoid::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || e.evtfoid::pg_catalog.oid)
   ) f (at, label, value, form, address)
 where e.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

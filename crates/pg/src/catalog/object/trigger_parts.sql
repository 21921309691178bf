-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_trigger t
 cross join lateral (values
   (1, 'Runs', nullif(t.tgfoid::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || t.tgfoid::pg_catalog.oid),
   (2, 'Each', case when t.tgtype & 1 > 0 then 'row' else 'statement' end, null, null),
   (3, 'Deferrable', case when t.tgdeferrable then case when t.tginitdeferred then 'yes, and deferred' else 'yes' end end, null, null)
   ) f (at, label, value, form, address)
 where t.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

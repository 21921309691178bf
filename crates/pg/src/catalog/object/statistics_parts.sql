-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_statistic_ext s
 cross join lateral (values
   (1, 'Target', nullif(pg_catalog.to_jsonb(s) ->> 'stxstattarget', '-1'), null, null),
   (2, 'Owner', pg_catalog.pg_get_userbyid(s.stxowner)::pg_catalog.text, null, 'pg_authid/' || s.stxowner)
   ) f (at, label, value, form, address)
 where s.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_rewrite r
 cross join lateral (values
   (1, 'Instead', case when r.is_instead then 'yes' else 'no' end, null, null)
   ) f (at, label, value, form, address)
 where r.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

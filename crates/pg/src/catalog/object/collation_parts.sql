-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_collation c
 cross join lateral (values
   (1, 'Provider', case c.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' else 'default' end, null, null),
   (2, 'Locale', coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale'), null, null),
   (3, 'Collation', c.collcollate, null, null),
   (4, 'Character type', c.collctype, null, null),
   (5, 'Deterministic', case when c.collisdeterministic then 'yes' else 'no' end, null, null),
   (6, 'Version', c.collversion, null, null),
   (7, 'Version now', pg_catalog.pg_collation_actual_version(c.oid), null, null)
   ) f (at, label, value, form, address)
 where c.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

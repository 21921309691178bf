-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_extension e
  left join pg_catalog.pg_available_extensions a on a.name = e.extname
 cross join lateral (values
   (1, 'Version', e.extversion, null, null),
   (2, 'Newest here', a.default_version, null, null),
   (3, 'Says', a.comment, null, null),
   (4, 'Can move', case when e.extrelocatable then 'to another schema' else 'stays in its schema' end, null, null)
   ) f (at, label, value, form, address)
 where e.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'versions', pg_catalog.row_number() over (order by v.version), pg_catalog.json_build_array(
         v.version, case when v.installed then 'installed' end,
         case when v.superuser and not v.trusted then 'superusers' when v.trusted then 'whoever may create' else 'everybody' end,
         pg_catalog.array_to_string(v.requires, ', '))
  from pg_catalog.pg_extension e
  join pg_catalog.pg_available_extension_versions v on v.name = e.extname
 where e.oid = $1::pg_catalog.oid

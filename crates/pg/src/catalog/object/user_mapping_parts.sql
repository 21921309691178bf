-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_user_mappings m
 cross join lateral (values
   (1, 'Options', case when m.umoptions is null then 'None that you may see' end, 'hidden', null)
   ) f (at, label, value, form, address)
 where m.umid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'options', pg_catalog.row_number() over (order by o.option_name), pg_catalog.json_build_array(
         o.option_name, case when o.option_name operator(pg_catalog.~*) 'pass|secret|key|token' then '…' else o.option_value end)
  from pg_catalog.pg_user_mappings m
 cross join lateral pg_catalog.pg_options_to_table(m.umoptions) o
 where m.umid = $1::pg_catalog.oid

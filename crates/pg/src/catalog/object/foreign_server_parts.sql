-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_foreign_server s
  left join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
 cross join lateral (values
   (1, 'Wrapper', w.fdwname::pg_catalog.text, null, 'pg_foreign_data_wrapper/' || w.oid),
   (2, 'Type', s.srvtype, null, null),
   (3, 'Version', s.srvversion, null, null)
   ) f (at, label, value, form, address)
 where s.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'options', pg_catalog.row_number() over (order by o.option_name), pg_catalog.json_build_array(
         o.option_name, case when o.option_name operator(pg_catalog.~*) 'pass|secret|key|token' then '…' else o.option_value end)
  from pg_catalog.pg_foreign_server s
 cross join lateral pg_catalog.pg_options_to_table(s.srvoptions) o
 where s.oid = $1::pg_catalog.oid
union all
select 'user_mappings', pg_catalog.row_number() over (order by m.usename nulls first), pg_catalog.json_build_array(
         pg_catalog.json_build_array(coalesce(m.usename, 'public'), 'user_mapping', 'pg_user_mapping/' || m.umid),
         case when m.umoptions is null then 'none that you may see'
              else (select pg_catalog.string_agg(pg_catalog.concat(o.option_name, '=', case when o.option_name operator(pg_catalog.~*) 'pass|secret|key|token' then '…' else o.option_value end), ', ')
                      from pg_catalog.pg_options_to_table(m.umoptions) o) end)
  from pg_catalog.pg_user_mappings m
 where m.srvid = $1::pg_catalog.oid

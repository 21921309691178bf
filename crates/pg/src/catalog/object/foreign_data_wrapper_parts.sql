-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_foreign_data_wrapper w
 cross join lateral (values
   (1, 'Handler', nullif(w.fdwhandler::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || w.fdwhandler::pg_catalog.oid),
   (2, 'Validator', nullif(w.fdwvalidator::pg_catalog.oid, 0)::pg_catalog.regproc::pg_catalog.text, 'code', 'pg_proc/' || w.fdwvalidator::pg_catalog.oid)
   ) f (at, label, value, form, address)
 where w.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'options', pg_catalog.row_number() over (order by o.option_name), pg_catalog.json_build_array(
         o.option_name, case when o.option_name operator(pg_catalog.~*) 'pass|secret|key|token' then '…' else o.option_value end)
  from pg_catalog.pg_foreign_data_wrapper w
 cross join lateral pg_catalog.pg_options_to_table(w.fdwoptions) o
 where w.oid = $1::pg_catalog.oid
union all
select 'servers', pg_catalog.row_number() over (order by s.srvname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(s.srvname, 'foreign_server', 'pg_foreign_server/' || s.oid))
  from pg_catalog.pg_foreign_server s
 where s.srvfdw = $1::pg_catalog.oid

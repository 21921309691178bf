-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_proc p
  left join pg_catalog.pg_language l on l.oid = p.prolang
  left join pg_catalog.pg_aggregate a on a.aggfnoid = p.oid
  left join pg_catalog.pg_stat_user_functions s on s.funcid = p.oid
 cross join lateral (values
   (1, 'Arguments', case when not $2::pg_catalog.bool then pg_catalog.pg_get_function_arguments(p.oid) end, 'code', null),
   (2, 'Returns', case when not $2::pg_catalog.bool then pg_catalog.pg_get_function_result(p.oid) end, 'code', 'pg_type/' || p.prorettype),
   (3, 'Language', l.lanname::pg_catalog.text, null, 'pg_language/' || l.oid),
   (4, 'Volatility', case when p.prokind <> 'p' then case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end end, null, null),
   (5, 'In parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end, null, null),
   (6, 'With NULL', case when p.prokind in ('f', 'w') then case when p.proisstrict then 'returns NULL' else 'is called' end end, null, null),
   (7, 'Runs as', case when p.prosecdef then 'its owner' when p.prokind <> 'a' then 'the caller' end, null, null),
   (8, 'Settings', pg_catalog.array_to_string(p.proconfig, ', '), 'code', null),
   (9, 'Cost', p.procost::pg_catalog.text, null, null),
   (10, 'Rows', case when p.proretset then p.prorows::pg_catalog.text end, null, null),
   (11, 'Library', p.probin, 'code', null),
   (12, 'State function', nullif(a.aggtransfn::pg_catalog.oid, 0)::pg_catalog.regprocedure::pg_catalog.text, 'code', 'pg_proc/' || a.aggtransfn::pg_catalog.oid),
   (13, 'State type', pg_catalog.format_type(a.aggtranstype, null), 'code', null),
   (14, 'Final function', nullif(a.aggfinalfn::pg_catalog.oid, 0)::pg_catalog.regprocedure::pg_catalog.text, 'code', 'pg_proc/' || a.aggfinalfn::pg_catalog.oid),
   (15, 'Starts with', a.agginitval, 'code', null),
   (16, 'Calls', s.calls::pg_catalog.text, 'count', null),
   (17, 'Time in it', pg_catalog.round(s.total_time::pg_catalog.numeric, 1) || ' ms', null, null)
   ) f (at, label, value, form, address)
 where p.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_policy p
 cross join lateral (values
   (1, 'For', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end, null, null),
   (2, 'Roles', (select pg_catalog.string_agg(case when r.oid = 0 then 'public' else pg_catalog.pg_get_userbyid(r.oid)::pg_catalog.text end, ', ') from pg_catalog.unnest(p.polroles) r (oid)), null, null),
   (3, 'Rows seen', case when not $2::pg_catalog.bool then pg_catalog.pg_get_expr(p.polqual, p.polrelid) end, 'code', null),
   (4, 'Rows written', case when not $2::pg_catalog.bool then pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) end, 'code', null)
   ) f (at, label, value, form, address)
 where p.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null

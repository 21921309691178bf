-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_namespace n
 cross join lateral (values
   (1, 'You may', coalesce(nullif(pg_catalog.concat_ws(' and ', case when pg_catalog.has_schema_privilege(n.oid, 'USAGE') then 'use it' end, case when pg_catalog.has_schema_privilege(n.oid, 'CREATE') then 'create in it' end), ''), 'only read its catalogue entries'), null, null),
   (2, 'Tables', (select pg_catalog.count(*)::pg_catalog.text from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'f')), 'count', null),
   (3, 'Views', (select pg_catalog.count(*)::pg_catalog.text from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relkind in ('v', 'm')), 'count', null),
   (4, 'Functions', (select pg_catalog.count(*)::pg_catalog.text from pg_catalog.pg_proc p where p.pronamespace = n.oid), 'count', null)
   ) f (at, label, value, form, address)
 where n.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'default_privileges', pg_catalog.row_number() over (order by d.defaclrole, d.defaclobjtype, d.defaclnamespace, e.grantee), pg_catalog.json_build_array(
         pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(d.defaclrole), 'role', 'pg_authid/' || d.defaclrole),
         case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end || case when d.defaclnamespace = 0 then ', in every schema' else '' end,
         case when e.grantee = 0 then pg_catalog.json_build_array('public', 'group_role', null) else pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(e.grantee), 'role', 'pg_authid/' || e.grantee) end,
         pg_catalog.string_agg(pg_catalog.concat(e.privilege_type, case when e.is_grantable then '*' end), ', ' order by e.privilege_type))
  from pg_catalog.pg_default_acl d
 cross join lateral pg_catalog.aclexplode(d.defaclacl) e
 where d.defaclnamespace in ($1::pg_catalog.oid, 0) and d.defaclobjtype not in ('n', 'L')
 group by d.defaclrole, d.defaclobjtype, d.defaclnamespace, e.grantee

-- PostgreSQL 15 to 18. $1 the oid, $2 true to leave out what may wait for a lock or fail.
select 'facts' as section, f.at::pg_catalog.int8 as at, pg_catalog.json_build_array(f.label, f.value, f.form, f.address) as cells
 from pg_catalog.pg_roles r
 cross join lateral (values
   (1, 'May log in', case when r.rolcanlogin then 'yes' else 'no' end, null, null),
   (2, 'Superuser', case when r.rolsuper then 'yes' else 'no' end, null, null),
   (3, 'Makes roles', case when r.rolcreaterole then 'yes' else 'no' end, null, null),
   (4, 'Makes databases', case when r.rolcreatedb then 'yes' else 'no' end, null, null),
   (5, 'Replication', case when r.rolreplication then 'yes' else 'no' end, null, null),
   (6, 'Row security', case when r.rolbypassrls then 'passes it by' else 'holds for it' end, null, null),
   (7, 'Inherits', case when r.rolinherit then 'yes' else 'no' end, null, null),
   (8, 'Connections', case when r.rolconnlimit >= 0 then 'at most ' || r.rolconnlimit else 'no limit' end, null, null),
   (9, 'Valid until', r.rolvaliduntil::pg_catalog.text, 'time', null),
   (10, 'Sessions now', (select pg_catalog.count(*)::pg_catalog.text from pg_catalog.pg_stat_activity a where a.usesysid = r.oid), 'count', null)
   ) f (at, label, value, form, address)
 where r.oid = $1::pg_catalog.oid and nullif(f.value, '') is not null
union all
select 'member_of', pg_catalog.row_number() over (order by r.rolname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(r.rolname, 'role', 'pg_authid/' || r.oid),
         case coalesce(pg_catalog.to_jsonb(m) ->> 'inherit_option', i.rolinherit::pg_catalog.text) when 'true' then 'yes' else 'no' end,
         case coalesce(pg_catalog.to_jsonb(m) ->> 'set_option', 'true') when 'true' then 'yes' else 'no' end,
         case when m.admin_option then 'yes' else 'no' end,
         pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(m.grantor), 'role', 'pg_authid/' || m.grantor))
  from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles r on r.oid = m.roleid
  left join pg_catalog.pg_roles i on i.oid = m.member
 where m.member = $1::pg_catalog.oid
union all
select 'members', pg_catalog.row_number() over (order by r.rolname), pg_catalog.json_build_array(
         pg_catalog.json_build_array(r.rolname, 'role', 'pg_authid/' || r.oid),
         case coalesce(pg_catalog.to_jsonb(m) ->> 'inherit_option', i.rolinherit::pg_catalog.text) when 'true' then 'yes' else 'no' end,
         case coalesce(pg_catalog.to_jsonb(m) ->> 'set_option', 'true') when 'true' then 'yes' else 'no' end,
         case when m.admin_option then 'yes' else 'no' end,
         pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(m.grantor), 'role', 'pg_authid/' || m.grantor))
  from pg_catalog.pg_auth_members m
  join pg_catalog.pg_roles r on r.oid = m.member
  left join pg_catalog.pg_roles i on i.oid = m.member
 where m.roleid = $1::pg_catalog.oid
union all
select 'settings', pg_catalog.row_number() over (order by d.datname, r.rolname, c.setting), pg_catalog.json_build_array(
         coalesce(d.datname, 'all databases'), coalesce(r.rolname, 'all roles'),
         pg_catalog.json_build_array(c.setting, 'code', null))
  from pg_catalog.pg_db_role_setting s
 cross join lateral pg_catalog.unnest(s.setconfig) c (setting)
  left join pg_catalog.pg_database d on d.oid = s.setdatabase
  left join pg_catalog.pg_roles r on r.oid = s.setrole
 where s.setrole = $1::pg_catalog.oid
union all
select 'parameters', pg_catalog.row_number() over (order by a.parname, e.grantor), pg_catalog.json_build_array(
         pg_catalog.json_build_array(a.parname, 'code', null),
         pg_catalog.string_agg(pg_catalog.concat(e.privilege_type, case when e.is_grantable then '*' end), ', ' order by e.privilege_type desc),
         pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(e.grantor), 'role', 'pg_authid/' || e.grantor))
  from pg_catalog.pg_parameter_acl a
 cross join lateral pg_catalog.aclexplode(a.paracl) e
 where e.grantee = $1::pg_catalog.oid
 group by a.parname, e.grantor
union all
select 'owns', pg_catalog.row_number() over (order by d.datname nulls first), pg_catalog.json_build_array(
         coalesce(d.datname, 'shared objects'), pg_catalog.json_build_array(pg_catalog.sum(case when s.deptype = 'o' then 1 else 0 end)::pg_catalog.text, 'count', null),
         pg_catalog.json_build_array(pg_catalog.sum(case when s.deptype <> 'o' then 1 else 0 end)::pg_catalog.text, 'count', null))
  from pg_catalog.pg_shdepend s
  left join pg_catalog.pg_database d on d.oid = s.dbid
 where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and s.refobjid = $1::pg_catalog.oid
 group by d.datname
union all
select 'default_privileges', pg_catalog.row_number() over (order by d.defaclrole, d.defaclobjtype, d.defaclnamespace, e.grantee), pg_catalog.json_build_array(
         pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(d.defaclrole), 'role', 'pg_authid/' || d.defaclrole),
         case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end || coalesce((select ' in ' || n.nspname from pg_catalog.pg_namespace n where n.oid = d.defaclnamespace), ''),
         case when e.grantee = 0 then pg_catalog.json_build_array('public', 'group_role', null) else pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(e.grantee), 'role', 'pg_authid/' || e.grantee) end,
         pg_catalog.string_agg(pg_catalog.concat(e.privilege_type, case when e.is_grantable then '*' end), ', ' order by e.privilege_type))
  from pg_catalog.pg_default_acl d
 cross join lateral pg_catalog.aclexplode(d.defaclacl) e
 where d.defaclrole = $1::pg_catalog.oid
 group by d.defaclrole, d.defaclobjtype, d.defaclnamespace, e.grantee

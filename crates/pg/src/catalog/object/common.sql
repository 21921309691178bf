-- PostgreSQL 15 to 18. What the page of whatever object shows; `own` is its row, `$3` the name of its catalog.
select 'privileges' as section, pg_catalog.row_number() over (order by g.grantee <> own.owner, g.how is not null, g.grantee <> 0, r.rolname, g.col) as at,
       pg_catalog.json_build_array(
         case when g.grantee = 0 then pg_catalog.json_build_array('public', 'group_role', null)
              else pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(g.grantee), 'role', 'pg_authid/' || g.grantee) end,
         g.col, pg_catalog.concat(case when g.col is null and g.number = (select pg_catalog.count(*) from pg_catalog.aclexplode(
                    pg_catalog.acldefault(own.acl_kind::pg_catalog."char", own.owner)) d where d.grantee = own.owner) then 'everything: ' end, g.privileges),
         coalesce(g.how, case when g.grantee = own.owner then 'as the owner'
                              else pg_catalog.concat('granted by ', pg_catalog.pg_get_userbyid(g.grantor)) end),
         case when g.grantee = 0 then 'everybody' else w.ways end,
         case when g.grantee = 0 or pg_catalog.pg_has_role(g.grantee, 'USAGE') then 'you' when w.you then 'you, by SET ROLE' end) as cells
  from own
 cross join lateral (
       select x.grantee, x.grantor, x.col, pg_catalog.count(*) as number, pg_catalog.string_agg(pg_catalog.concat(x.privilege_type, case when x.is_grantable then '*' end),
                                                                 ', ' order by x.privilege_type) as privileges, null::pg_catalog.text as how
         from (select e.*, null::pg_catalog.text as col
                 from pg_catalog.aclexplode(coalesce(own.acl, pg_catalog.acldefault(own.acl_kind::pg_catalog."char", own.owner))) e
               union all
               select e.*, a.attname::pg_catalog.text
                 from pg_catalog.pg_attribute a
                cross join lateral pg_catalog.aclexplode(a.attacl) e
                where $3::pg_catalog.text = 'pg_class' and a.attrelid = $1::pg_catalog.oid and not a.attisdropped) x
        group by x.grantee, x.grantor, x.col
       union all
       -- Roles that PostgreSQL has for this, where somebody has them.
       select p.oid, null, null, 0, y.privileges, y.how
         from (values ('pg_read_all_data', 'rs', 'SELECT', 'of whatever is there'), ('pg_read_all_data', 'n', 'USAGE', 'of whatever is there'),
                      ('pg_write_all_data', 'r', 'INSERT, UPDATE, DELETE', 'of whatever is there'),
                      ('pg_write_all_data', 's', 'USAGE, UPDATE', 'of whatever is there'),
                      ('pg_write_all_data', 'n', 'USAGE', 'of whatever is there'),
                      ('pg_maintain', 'r', 'MAINTAIN', 'of whatever is there')) y (role, kinds, privileges, how)
         join pg_catalog.pg_roles p on p.rolname = y.role::pg_catalog.name
        where pg_catalog.strpos(y.kinds, own.acl_kind) > 0
          and exists (select from pg_catalog.pg_auth_members m where m.roleid = p.oid)) g
  left join pg_catalog.pg_roles r on r.oid = g.grantee
 -- Whoever is a member has it too: by inheritance, or only behind SET ROLE. Before 16 the member's own INHERIT decides.
 cross join lateral (
       with recursive members (oid, way, inherits) as (
              select m.member, pg_catalog.pg_get_userbyid(m.member)::pg_catalog.text, m.inherits
                from links_of_roles m
               where m.roleid = g.grantee and (m.inherits or m.sets)
              union
              select m.member, pg_catalog.concat(pg_catalog.pg_get_userbyid(m.member), ' through ', pg_catalog.pg_get_userbyid(m.roleid)),
                     members.inherits and m.inherits
                from members
                join links_of_roles m on m.roleid = members.oid
               where members.inherits and m.inherits or m.sets)
       select nullif(pg_catalog.concat_ws('; ',
                (select pg_catalog.string_agg(a.way, ', ' order by a.way) from (
                    select way from members where inherits order by way limit 20) a),
                (select 'by SET ROLE: ' || pg_catalog.string_agg(a.way, ', ' order by a.way) from (
                    select way from members m
                     where not m.inherits and not exists (select from members i where i.oid = m.oid and i.inherits)
                     order by way limit 20) a)), '') as ways,
              exists (select from members m where m.oid = (select u.oid from pg_catalog.pg_roles u where u.rolname = current_user)) as you) w
 where own.acl_kind is not null
union all
select d.section, d.at, pg_catalog.json_build_array(
         pg_catalog.json_build_array(coalesce(i.identity, i.name, d.objid::pg_catalog.text),
                                     pg_catalog.replace(i.type, ' ', '_'), (select c.relname from pg_catalog.pg_class c where c.oid = d.classid) || '/' || d.objid),
         i.type, d.note, d.total::pg_catalog.text)
  from (select l.section, l.at, l.classid, l.objid, l.note, l.total from links l where l.at <= 300) d
 cross join lateral identify(d.classid, d.objid) i
 where i.type is not null and not $4::pg_catalog.bool

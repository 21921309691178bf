-- PostgreSQL 15 to 18. What the page of whatever object shows; `own` is its row, `$3` the name of its catalog.
select 'privileges' as section, pg_catalog.row_number() over (order by g.grantee <> own.owner, g.grantee <> 0, r.rolname, g.col) as at,
       pg_catalog.json_build_array(
         case when g.grantee = 0 then pg_catalog.json_build_array('public', 'group_role', null)
              else pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(g.grantee), 'role', 'pg_authid/' || g.grantee) end,
         g.col, pg_catalog.concat(case when g.col is null and g.number = (select pg_catalog.count(*) from pg_catalog.aclexplode(
                    pg_catalog.acldefault(own.acl_kind::pg_catalog."char", own.owner)) d where d.grantee = own.owner) then 'everything: ' end, g.privileges),
         case when g.grantee = own.owner then 'as the owner' else pg_catalog.concat('granted by ', pg_catalog.pg_get_userbyid(g.grantor)) end,
         case when g.grantee = 0 then 'everybody'
              else (with recursive members (oid, way) as (
                        select m.member, pg_catalog.pg_get_userbyid(m.member)::pg_catalog.text
                          from pg_catalog.pg_auth_members m
                         where m.roleid = g.grantee and coalesce(pg_catalog.to_jsonb(m) ->> 'inherit_option', 'true') = 'true'
                        union
                        select m.member, pg_catalog.concat(pg_catalog.pg_get_userbyid(m.member), ' through ', pg_catalog.pg_get_userbyid(m.roleid))
                          from members
                          join pg_catalog.pg_auth_members m on m.roleid = members.oid
                         where coalesce(pg_catalog.to_jsonb(m) ->> 'inherit_option', 'true') = 'true')
                    select pg_catalog.string_agg(w.way, ', ') from (select way from members order by way limit 20) w) end,
         case when g.grantee = 0 or pg_catalog.pg_has_role(g.grantee, 'USAGE') then 'you' end) as cells
  from own
 cross join lateral (
       select x.grantee, x.grantor, x.col, pg_catalog.count(*) as number, pg_catalog.string_agg(pg_catalog.concat(x.privilege_type, case when x.is_grantable then '*' end),
                                                                 ', ' order by x.privilege_type) as privileges
         from (select e.*, null::pg_catalog.text as col
                 from pg_catalog.aclexplode(coalesce(own.acl, pg_catalog.acldefault(own.acl_kind::pg_catalog."char", own.owner))) e
               union all
               select e.*, a.attname::pg_catalog.text
                 from pg_catalog.pg_attribute a
                cross join lateral pg_catalog.aclexplode(a.attacl) e
                where $3::pg_catalog.text = 'pg_class' and a.attrelid = $1::pg_catalog.oid and not a.attisdropped) x
        group by x.grantee, x.grantor, x.col) g
  left join pg_catalog.pg_roles r on r.oid = g.grantee
 where own.acl_kind is not null
union all
select d.section, d.at, pg_catalog.json_build_array(
         pg_catalog.json_build_array(coalesce(i.identity, i.name, d.objid::pg_catalog.text),
                                     pg_catalog.replace(i.type, ' ', '_'), (select c.relname from pg_catalog.pg_class c where c.oid = d.classid) || '/' || d.objid),
         i.type, d.note, d.total::pg_catalog.text)
  from (select l.section, l.at, l.classid, l.objid, l.note, l.total from links l where l.at <= 300) d
 cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) i
 where i.type is not null

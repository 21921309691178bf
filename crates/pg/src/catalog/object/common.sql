-- PostgreSQL 15 to 18. What the page of whatever object shows; `own` is its row, `$3` the name of its catalog.
select 'privileges' as section, pg_catalog.row_number() over (order by g.grantee <> own.owner, g.how is not null, g.grantee <> 0, pg_catalog.pg_get_userbyid(g.grantee), g.col) as at,
       pg_catalog.json_build_array(
         case when g.grantee = 0 then pg_catalog.json_build_array('public', 'group_role', null)
              else pg_catalog.json_build_array(pg_catalog.pg_get_userbyid(g.grantee), 'role', 'pg_authid/' || g.grantee) end,
         g.col, pg_catalog.concat(case when g.col is null and g.number = (select pg_catalog.count(*) from pg_catalog.aclexplode(
                    pg_catalog.acldefault(own.acl_kind::pg_catalog."char", own.owner)) d where d.grantee = own.owner) then 'everything: ' end, g.privileges),
         coalesce(g.how, case when g.grantee = own.owner then 'as the owner'
                              else pg_catalog.concat('granted by ', pg_catalog.pg_get_userbyid(g.grantor)) end),
         case when g.grantee = 0 then 'everybody' else w.ways end,
         case when g.grantee = 0 or pg_catalog.pg_has_role(g.grantee, 'USAGE') then 'you' when w.you = 1 then 'you, by SET ROLE'
              when w.you = 2 then 'you, if you grant it to yourself' end) as cells
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
       select y.role::pg_catalog.oid, null, null, 0, y.privileges, y.how
         from (select pg_catalog.to_regrole(v.role) as role, v.kinds, v.privileges, v.how from (values ('pg_read_all_data', 'rs', 'SELECT', 'of whatever is there'), ('pg_read_all_data', 'n', 'USAGE', 'of whatever is there'),
                      ('pg_write_all_data', 'r', 'INSERT, UPDATE, DELETE', 'of whatever is there'),
                      ('pg_write_all_data', 's', 'USAGE, UPDATE', 'of whatever is there'),
                      ('pg_write_all_data', 'n', 'USAGE', 'of whatever is there'),
                      ('pg_maintain', 'r', 'MAINTAIN', 'of whatever is there')) v (role, kinds, privileges, how)) y
        where pg_catalog.strpos(y.kinds, own.acl_kind) > 0
          and exists (select from links_of_roles m where m.roleid = y.role::pg_catalog.oid)) g
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
                pg_catalog.string_agg(o.way, ', ' order by o.way) filter (where o.how = 0),
                'by SET ROLE: ' || pg_catalog.string_agg(o.way, ', ' order by o.way) filter (where o.how = 1),
                'with ADMIN alone: ' || pg_catalog.string_agg(o.way, ', ' order by o.way) filter (where o.how = 2)), '') as ways,
              pg_catalog.min(o.how) filter (where o.oid = pg_catalog.to_regrole(pg_catalog.quote_ident(current_user))::pg_catalog.oid) as you
         -- Each in the best way, and of each way the first twenty.
         from (select b.oid, b.way, b.how, pg_catalog.row_number() over (partition by b.how order by b.way) as number
                 from (select distinct on (e.oid) e.oid, e.way, e.how
                         from (select m.oid, m.way, case when m.inherits then 0 else 1 end as how from members m
                               union all
                               select m.member, pg_catalog.pg_get_userbyid(m.member)::pg_catalog.text, 2
                                 from links_of_roles m
                                where m.roleid = g.grantee and m.administers and not m.inherits and not m.sets) e
                        order by e.oid, e.how, e.way) b) o
        where o.number <= 20 or o.oid = pg_catalog.to_regrole(pg_catalog.quote_ident(current_user))::pg_catalog.oid) w
 where own.acl_kind is not null
union all
select d.section, d.at, pg_catalog.json_build_array(
         pg_catalog.json_build_array(coalesce(i.identity, i.name, d.objid::pg_catalog.text),
                                     pg_catalog.replace(i.type, ' ', '_'), (select c.relname from pg_catalog.pg_class c where c.oid = d.classid) || '/' || d.objid),
         i.type, d.note, d.total::pg_catalog.text)
  from (select l.section, l.at, l.classid, l.objid, l.note, l.total from links l where l.at <= 300) d
 cross join lateral identify(d.classid, d.objid) i
 where i.type is not null and not $4::pg_catalog.bool

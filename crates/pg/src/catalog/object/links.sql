-- PostgreSQL 15 to 18. What the object uses and what uses it. Rules, defaults, constraints and the like stand for what
-- they belong to, and the object's own do not count.
self (classid, objid) as (
    select ($3::pg_catalog.text)::pg_catalog.regclass::pg_catalog.oid, $1::pg_catalog.oid
), rowtypes (classid, objid) as (
    select classid, objid from self
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, c.reltype
      from pg_catalog.pg_class c
     where $3::pg_catalog.text = 'pg_class' and c.oid = $1::pg_catalog.oid and c.reltype <> 0
    union all
    select 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid, t.typarray
      from pg_catalog.pg_type t
     where $3::pg_catalog.text = 'pg_type' and t.oid = $1::pg_catalog.oid and t.typarray <> 0
    union all
    select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, t.typrelid
      from pg_catalog.pg_type t
     where $3::pg_catalog.text = 'pg_type' and t.oid = $1::pg_catalog.oid and t.typrelid <> 0
), inside (classid, objid) as (
    select classid, objid from rowtypes
    union
    select d.classid, d.objid
      from self s
      join pg_catalog.pg_depend d on d.refclassid = s.classid and d.refobjid = s.objid
     where d.deptype in ('i', 'a') and d.classid in (
         'pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_attrdef'::pg_catalog.regclass,
         'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_policy'::pg_catalog.regclass)
), edges (section, classid, objid, via) as (
    select 'uses', d.refclassid, d.refobjid, case when d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass then d.objid end
      from inside s
      join pg_catalog.pg_depend d on d.classid = s.classid and d.objid = s.objid
     where d.deptype in ('n', 'a', 'e', 'x', 'P') and d.refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass
    union all
    select 'used_by', d.classid, d.objid, case when d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass then d.objid end
      from rowtypes s
      join pg_catalog.pg_depend d on d.refclassid = s.classid and d.refobjid = s.objid
     where d.deptype in ('n', 'a', 'i', 'e', 'P')
    union all
    select 'used_by', d.classid, d.objid, null
      from self s
     -- Only what all databases share is referred to there; for the rest the many rows are not looked at.
     cross join lateral (select r.dbid, r.classid, r.objid from pg_catalog.pg_shdepend r
                          where $3::pg_catalog.text in ('pg_authid', 'pg_database', 'pg_tablespace')
                            and r.refclassid = s.classid and r.refobjid = s.objid offset 0) d
     where d.dbid in (0, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
), named (section, classid, objid, note) as (
    select e.section,
           case when o.relation is not null then 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
                when o.type is not null then 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid else e.classid end,
           coalesce(o.relation, o.type, e.objid),
           case when k.contype = 'f' then (select pg_catalog.string_agg(a.attname, ', ' order by a.attnum) from pg_catalog.pg_attribute a
                                            where a.attrelid = k.conrelid and a.attnum = any (k.conkey)) end
      from (select distinct section, classid, objid, via from edges) e
      left join pg_catalog.pg_constraint k on k.oid = e.via
     cross join lateral (select
           case e.classid
                when 'pg_catalog.pg_rewrite'::pg_catalog.regclass then (select r.ev_class from pg_catalog.pg_rewrite r where r.oid = e.objid and r.rulename = '_RETURN')
                when 'pg_catalog.pg_constraint'::pg_catalog.regclass then (select nullif(c.conrelid, 0) from pg_catalog.pg_constraint c where c.oid = e.objid)
                when 'pg_catalog.pg_attrdef'::pg_catalog.regclass then (select f.adrelid from pg_catalog.pg_attrdef f where f.oid = e.objid)
                when 'pg_catalog.pg_policy'::pg_catalog.regclass then (select p.polrelid from pg_catalog.pg_policy p where p.oid = e.objid)
                when 'pg_catalog.pg_class'::pg_catalog.regclass then (select i.indrelid from pg_catalog.pg_index i where i.indexrelid = e.objid)
                when 'pg_catalog.pg_type'::pg_catalog.regclass then (select nullif(t.typrelid, 0) from pg_catalog.pg_type t where t.oid = e.objid)
           end as relation,
           case e.classid
                when 'pg_catalog.pg_constraint'::pg_catalog.regclass then (select nullif(c.contypid, 0) from pg_catalog.pg_constraint c where c.oid = e.objid)
                when 'pg_catalog.pg_type'::pg_catalog.regclass then (select nullif(t.typelem, 0) from pg_catalog.pg_type t where t.oid = e.objid and t.typcategory = 'A')
           end as type offset 0) o
), links (section, at, classid, objid, note, total) as (
    select n.section, pg_catalog.row_number() over (partition by n.section order by n.classid, n.objid), n.classid, n.objid, n.note,
           pg_catalog.count(*) over (partition by n.section)
      from (select section, classid, objid, pg_catalog.string_agg(distinct note, ', ') as note from named group by 1, 2, 3) n
     where not exists (select from inside s where s.classid = n.classid and s.objid = n.objid)
       and n.classid not in ('pg_catalog.pg_publication_rel'::pg_catalog.regclass, 'pg_catalog.pg_publication_namespace'::pg_catalog.regclass,
                             'pg_catalog.pg_default_acl'::pg_catalog.regclass, 'pg_catalog.pg_amop'::pg_catalog.regclass,
                             'pg_catalog.pg_amproc'::pg_catalog.regclass)
       and not exists (select from pg_catalog.pg_class t
                        where n.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and t.oid = n.objid and t.relkind = 't')
), links_of_roles (roleid, member, inherits, sets, administers) as (
    select m.roleid, m.member, membership_inherits, membership_sets, m.admin_option
      from pg_catalog.pg_auth_members m
)

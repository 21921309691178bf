-- PostgreSQL 15 to 18. $5 a relation. What makes a view a view is no rule to people.
select r.oid::pg_catalog.int8 as id, r.rulename as sort, r.rulename::pg_catalog.text as name, 'rule' as kind,
       pg_catalog.concat('on ', case r.ev_type when '1' then 'select' when '2' then 'update' when '3' then 'insert' else 'delete' end,
                         case when r.is_instead then ' instead' end) as detail,
       null::pg_catalog.float8 as rows,
       array[case r.ev_enabled when 'D' then 'disabled' when 'R' then 'replica only' when 'A' then 'always' end] as badges
  from pg_catalog.pg_rewrite r
 where r.ev_class = $5::pg_catalog.oid
   and r.rulename <> '_RETURN'

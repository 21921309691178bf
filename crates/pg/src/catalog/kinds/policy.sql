-- PostgreSQL 15 to 18. $5 a table.
select p.oid::pg_catalog.int8 as id, p.polname as sort, p.polname::pg_catalog.text as name, 'policy' as kind,
       pg_catalog.concat('for ', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                                               when 'd' then 'delete' else 'all' end) as detail,
       null::pg_catalog.float8 as rows,
       array[case when not p.polpermissive then 'restrictive' end,
             case when not c.relrowsecurity then 'row security is off' end] as badges
  from pg_catalog.pg_policy p
  join pg_catalog.pg_class c on c.oid = p.polrelid
 where p.polrelid = $5::pg_catalog.oid
